set encoding utf8
set terminal pdfcairo noenhanced color background '#ffffff' font 'Sans,10' fontscale 0.75 linewidth 2.5 size 11.694in,7.5in
unset key
P = 1
set output 'page-1.pdf'
set multiplot
unset label
unset arrow
unset logscale
set lmargin at screen 0.08314
set rmargin at screen 0.67696
set bmargin at screen 0.17037
set tmargin at screen 0.91481
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'size' at screen 0.38005,0.95741 center font ',12' tc rgb '#000000'
set label 2 'test_loss' at screen 0.01663,0.54259 center rotate font ',10' tc rgb '#000000'
set label 3 '24 runs. Shown: means, bands: one standard deviation, within the values' at screen 0.01663,0.02222 left font ',7.5' tc rgb '#666666'
set arrow from screen 0.69359,0.90370 rto screen 0.02138,0 nohead lw 1.4 lc rgb '#0072b2' dt solid
set label 4 'or(7) | brick(3)' at screen 0.72209,0.90370 left font ',8' tc rgb '#000000'
set arrow from screen 0.69359,0.88148 rto screen 0.02138,0 nohead lw 1.4 lc rgb '#d55e00' dt solid
set label 5 'or(7) | funnel(3)' at screen 0.72209,0.88148 left font ',8' tc rgb '#000000'
set tics font ',9'
set xrange [8:52]
set xtics nomirror ('10' 10,'15' 15,'20' 20,'25' 25,'30' 30,'35' 35,'40' 40,'45' 45,'50' 50)
set label 6 'nb_params' at screen 0.38005,0.11852 center font ',10' tc rgb '#000000'
set yrange [1.60046719:12.0995328]
set ytics nomirror ('2' 2,'4' 4,'6' 6,'8' 8,'10' 10,'12' 12)
$mean0 << E
10 2.35
50 10.35
E
$band0 << E
10 2.16291713 2.53708287
50 10.1629171 10.5370829
E
$mean1 << E
10 3.35
50 11.35
E
$band1 << E
10 3.16291713 3.53708287
50 11.1629171 11.5370829
E
plot $band0 with filledcurves fc rgb '#0072b2' fs transparent solid 0.2 noborder, $band1 with filledcurves fc rgb '#d55e00' fs transparent solid 0.2 noborder, $mean0 with linespoints pt 7 ps 0.6*P lw 1.2 lc rgb '#0072b2' dt solid, $mean1 with linespoints pt 5 ps 0.6*P lw 1.2 lc rgb '#d55e00' dt solid
unset multiplot
set multiplot
unset label
unset arrow
unset logscale
set lmargin at screen 0.08314
set rmargin at screen 0.67696
set bmargin at screen 0.17037
set tmargin at screen 0.91481
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'b' at screen 0.38005,0.95741 center font ',12' tc rgb '#000000'
set label 2 'test_loss' at screen 0.01663,0.54259 center rotate font ',10' tc rgb '#000000'
set label 3 '48 runs. Shown: boxes: quartiles and median, whiskers to the last value within 1.5 of their distance; fewer than 5 runs are circles' at screen 0.01663,0.02222 left font ',7.5' tc rgb '#666666'
set arrow from screen 0.69359,0.90370 rto screen 0.02138,0 nohead lw 6 lc rgb '#0072b2' dt solid
set label 4 'or(7) | brick(3)' at screen 0.72209,0.90370 left font ',8' tc rgb '#000000'
set arrow from screen 0.69359,0.88148 rto screen 0.02138,0 nohead lw 6 lc rgb '#d55e00' dt solid
set label 5 'or(7) | funnel(3)' at screen 0.72209,0.88148 left font ',8' tc rgb '#000000'
set arrow from screen 0.69359,0.85926 rto screen 0.02138,0 nohead lw 6 lc rgb '#009e73' dt solid
set label 6 'xor(7) | brick(3)' at screen 0.72209,0.85926 left font ',8' tc rgb '#000000'
set arrow from screen 0.69359,0.83704 rto screen 0.02138,0 nohead lw 6 lc rgb '#cc79a7' dt solid
set label 7 'xor(7) | funnel(3)' at screen 0.72209,0.83704 left font ',8' tc rgb '#000000'
set tics font ',9'
set label 8 '2' at screen 0.24509,0.15370 center font ',8.5' tc rgb '#000000'
set label 9 '10' at screen 0.51501,0.15370 center font ',8.5' tc rgb '#000000'
unset xtics
set xrange [-0.6:1.6]
set label 10 'width' at screen 0.38005,0.11852 center font ',10' tc rgb '#000000'
set yrange [-4.47:118.17]
set ytics nomirror ('0' 0,'20' 20,'40' 40,'60' 60,'80' 80,'100' 100)
$boxes0 << E
-0.3 2.225 2.1 2.6 2.475 2.35 0.14
0.7 10.225 10.1 10.6 10.475 10.35 0.14
-1.6 -4.47 -4.47 -4.47 -4.47 -4.47 0
E
$boxes1 << E
-0.1 3.225 3.1 3.6 3.475 3.35 0.14
0.9 11.225 11.1 11.6 11.475 11.35 0.14
-1.6 -4.47 -4.47 -4.47 -4.47 -4.47 0
E
$boxes2 << E
0.1 102.225 102.1 102.6 102.475 102.35 0.14
1.1 110.225 110.1 110.6 110.475 110.35 0.14
-1.6 -4.47 -4.47 -4.47 -4.47 -4.47 0
E
$boxes3 << E
0.3 103.225 103.1 103.6 103.475 103.35 0.14
1.3 111.225 111.1 111.6 111.475 111.35 0.14
-1.6 -4.47 -4.47 -4.47 -4.47 -4.47 0
E
$singles0 << E
-1.6 -4.47
E
$singles1 << E
-1.6 -4.47
E
$singles2 << E
-1.6 -4.47
E
$singles3 << E
-1.6 -4.47
E
plot $boxes0 using 1:2:3:4:5:7 with candlesticks lw 0.7 lc rgb '#0072b2' fs solid 0.25 border lc rgb '#0072b2', $boxes0 using 1:6:6:6:6:7 with candlesticks lw 2 lc rgb '#000000', $singles0 with points pt 6 ps 0.5*P lw 0.8 lc rgb '#0072b2', $boxes1 using 1:2:3:4:5:7 with candlesticks lw 0.7 lc rgb '#d55e00' fs solid 0.25 border lc rgb '#d55e00', $boxes1 using 1:6:6:6:6:7 with candlesticks lw 2 lc rgb '#000000', $singles1 with points pt 6 ps 0.5*P lw 0.8 lc rgb '#d55e00', $boxes2 using 1:2:3:4:5:7 with candlesticks lw 0.7 lc rgb '#009e73' fs solid 0.25 border lc rgb '#009e73', $boxes2 using 1:6:6:6:6:7 with candlesticks lw 2 lc rgb '#000000', $singles2 with points pt 6 ps 0.5*P lw 0.8 lc rgb '#009e73', $boxes3 using 1:2:3:4:5:7 with candlesticks lw 0.7 lc rgb '#cc79a7' fs solid 0.25 border lc rgb '#cc79a7', $boxes3 using 1:6:6:6:6:7 with candlesticks lw 2 lc rgb '#000000', $singles3 with points pt 6 ps 0.5*P lw 0.8 lc rgb '#cc79a7'
unset multiplot
unset output
