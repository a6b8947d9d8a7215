set encoding utf8
set terminal pdfcairo noenhanced color background '#ffffff' font 'Sans,10' fontscale 0.75 linewidth 2.5 size 11.694in,8.2639in
unset key
P = 1
set output 'page-1.pdf'
set multiplot
$runs << E
10 2.1
10 2.2
50 10.1
50 10.2
10 3.1
10 3.2
50 11.1
50 11.2
-1 -1
E
$medians << E
10 2.15 29362
50 10.15 29362
10 3.15 13983232
50 11.15 13983232
-1 -1 0
E
$front << E
10 11.837
10 2.15
52.4 2.15
E
unset label
unset arrow
unset logscale
set lmargin at screen 0.07838
set rmargin at screen 0.47031
set bmargin at screen 0.42017
set tmargin at screen 0.87395
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'nb_params' at screen 0.27435,0.37647 center font ',10' tc rgb '#000000'
set label 2 'test_loss' at screen 0.01663,0.64706 center rotate font ',10' tc rgb '#000000'
set label 3 '1' at screen 0.09344,0.44013 right front font ',8' tc rgb '#000000'
set tics font ',9'
set xrange [7.6:52.4]
set xtics nomirror ('10' 10,'20' 20,'30' 30,'40' 40,'50' 50)
set yrange [1.463:11.837]
set ytics nomirror ('2' 2,'4' 4,'6' 6,'8' 8,'10' 10)
plot $runs with points pt 7 ps 0.2*P lc rgb '#c4c4c4', $front with lines lw 1.2 lc rgb '#222222', $medians using 1:2:3 with points pt 7 ps 0.6*P lc rgb variable
$runs << E
2.5 2.1
2.5 2.2
10.5 10.1
10.5 10.2
2 3.1
2 3.2
10 11.1
10 11.2
-1 -1
E
$medians << E
2.5 2.15 29362
10.5 10.15 29362
2 3.15 13983232
10 11.15 13983232
-1 -1 0
E
$front << E
2 11.837
2 3.15
2.5 3.15
2.5 2.15
11.01 2.15
E
unset label
unset arrow
unset logscale
set lmargin at screen 0.54869
set rmargin at screen 0.94062
set bmargin at screen 0.42017
set tmargin at screen 0.87395
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'duration(s)' at screen 0.74466,0.37647 center font ',10' tc rgb '#000000'
set label 2 'test_loss' at screen 0.48694,0.64706 center rotate font ',10' tc rgb '#000000'
set label 3 '1' at screen 0.56375,0.48388 right front font ',8' tc rgb '#000000'
set label 4 '2' at screen 0.58434,0.44013 right front font ',8' tc rgb '#000000'
set tics font ',9'
set xrange [1.49:11.01]
set xtics nomirror ('2' 2,'4' 4,'6' 6,'8' 8,'10' 10)
set yrange [1.463:11.837]
set ytics nomirror ('2' 2,'4' 4,'6' 6,'8' 8,'10' 10)
plot $runs with points pt 7 ps 0.2*P lc rgb '#c4c4c4', $front with lines lw 1.2 lc rgb '#222222', $medians using 1:2:3 with points pt 7 ps 0.6*P lc rgb variable
unset label
unset arrow
unset logscale
set lmargin at screen 0.00000
set rmargin at screen 1.00000
set bmargin at screen 0.00000
set tmargin at screen 1.00000
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'or' at screen 0.50000,0.95630 center font ',13' tc rgb '#000000'
set label 2 '● key_brick' at screen 0.07838,0.90084 left font ',8.5' tc rgb '#0072b2'
set label 3 '● key_funnel' at screen 0.16401,0.90084 left font ',8.5' tc rgb '#d55e00'
set label 4 '10' at screen 0.41093,0.31765 right font ',8' tc rgb '#000000'
set label 5 '2.15' at screen 0.47031,0.31765 right font ',8' tc rgb '#000000'
set label 6 '1' at screen 0.04751,0.31765 right font ',8' tc rgb '#000000'
set label 7 'or(7) | brick(3,2)' at screen 0.05463,0.31765 left font ',8' tc rgb '#0072b2'
set label 8 '2 s' at screen 0.88124,0.31765 right font ',8' tc rgb '#000000'
set label 9 '3.15' at screen 0.94062,0.31765 right font ',8' tc rgb '#000000'
set label 10 '1' at screen 0.51781,0.31765 right font ',8' tc rgb '#000000'
set label 11 'or(7) | funnel(3,2)' at screen 0.52494,0.31765 left font ',8' tc rgb '#d55e00'
set label 12 '2.5 s' at screen 0.88124,0.29580 right font ',8' tc rgb '#000000'
set label 13 '2.15' at screen 0.94062,0.29580 right font ',8' tc rgb '#000000'
set label 14 '2' at screen 0.51781,0.29580 right font ',8' tc rgb '#000000'
set label 15 'or(7) | brick(3,2)' at screen 0.52494,0.29580 left font ',8' tc rgb '#0072b2'
set label 16 '8 runs of 4 pipelines. Grey: runs. Coloured: medians of a pipeline’s runs, a colour a model key.' at screen 0.03088,0.04034 left font ',7.5' tc rgb '#666666'
set label 17 'Numbered: what no smaller (left) or faster (right) pipeline matches. Lower is better.' at screen 0.03088,0.02017 left font ',7.5' tc rgb '#666666'
unset border
unset xtics
unset ytics
plot [0:1] [0:1] NaN
unset multiplot
set multiplot
$runs << E
10 102.1
10 102.2
50 110.1
50 110.2
10 103.1
10 103.2
50 111.1
50 111.2
-1 -1
E
$medians << E
10 102.15 29362
50 110.15 29362
10 103.15 13983232
50 111.15 13983232
-1 -1 0
E
$front << E
10 111.837
10 102.15
52.4 102.15
E
unset label
unset arrow
unset logscale
set lmargin at screen 0.07838
set rmargin at screen 0.47031
set bmargin at screen 0.42017
set tmargin at screen 0.87395
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'nb_params' at screen 0.27435,0.37647 center font ',10' tc rgb '#000000'
set label 2 'test_loss' at screen 0.01663,0.64706 center rotate font ',10' tc rgb '#000000'
set label 3 '1' at screen 0.09344,0.44013 right front font ',8' tc rgb '#000000'
set tics font ',9'
set xrange [7.6:52.4]
set xtics nomirror ('10' 10,'20' 20,'30' 30,'40' 40,'50' 50)
set yrange [101.463:111.837]
set ytics nomirror ('102' 102,'104' 104,'106' 106,'108' 108,'110' 110)
plot $runs with points pt 7 ps 0.2*P lc rgb '#c4c4c4', $front with lines lw 1.2 lc rgb '#222222', $medians using 1:2:3 with points pt 7 ps 0.6*P lc rgb variable
$runs << E
2.5 102.1
2.5 102.2
10.5 110.1
10.5 110.2
2 103.1
2 103.2
10 111.1
10 111.2
-1 -1
E
$medians << E
2.5 102.15 29362
10.5 110.15 29362
2 103.15 13983232
10 111.15 13983232
-1 -1 0
E
$front << E
2 111.837
2 103.15
2.5 103.15
2.5 102.15
11.01 102.15
E
unset label
unset arrow
unset logscale
set lmargin at screen 0.54869
set rmargin at screen 0.94062
set bmargin at screen 0.42017
set tmargin at screen 0.87395
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'duration(s)' at screen 0.74466,0.37647 center font ',10' tc rgb '#000000'
set label 2 'test_loss' at screen 0.48694,0.64706 center rotate font ',10' tc rgb '#000000'
set label 3 '1' at screen 0.56375,0.48388 right front font ',8' tc rgb '#000000'
set label 4 '2' at screen 0.58434,0.44013 right front font ',8' tc rgb '#000000'
set tics font ',9'
set xrange [1.49:11.01]
set xtics nomirror ('2' 2,'4' 4,'6' 6,'8' 8,'10' 10)
set yrange [101.463:111.837]
set ytics nomirror ('102' 102,'104' 104,'106' 106,'108' 108,'110' 110)
plot $runs with points pt 7 ps 0.2*P lc rgb '#c4c4c4', $front with lines lw 1.2 lc rgb '#222222', $medians using 1:2:3 with points pt 7 ps 0.6*P lc rgb variable
unset label
unset arrow
unset logscale
set lmargin at screen 0.00000
set rmargin at screen 1.00000
set bmargin at screen 0.00000
set tmargin at screen 1.00000
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'xor' at screen 0.50000,0.95630 center font ',13' tc rgb '#000000'
set label 2 '● key_brick' at screen 0.07838,0.90084 left font ',8.5' tc rgb '#0072b2'
set label 3 '● key_funnel' at screen 0.16401,0.90084 left font ',8.5' tc rgb '#d55e00'
set label 4 '10' at screen 0.41093,0.31765 right font ',8' tc rgb '#000000'
set label 5 '102' at screen 0.47031,0.31765 right font ',8' tc rgb '#000000'
set label 6 '1' at screen 0.04751,0.31765 right font ',8' tc rgb '#000000'
set label 7 'xor(7) | brick(3,2)' at screen 0.05463,0.31765 left font ',8' tc rgb '#0072b2'
set label 8 '2 s' at screen 0.88124,0.31765 right font ',8' tc rgb '#000000'
set label 9 '103' at screen 0.94062,0.31765 right font ',8' tc rgb '#000000'
set label 10 '1' at screen 0.51781,0.31765 right font ',8' tc rgb '#000000'
set label 11 'xor(7) | funnel(3,2)' at screen 0.52494,0.31765 left font ',8' tc rgb '#d55e00'
set label 12 '2.5 s' at screen 0.88124,0.29580 right font ',8' tc rgb '#000000'
set label 13 '102' at screen 0.94062,0.29580 right font ',8' tc rgb '#000000'
set label 14 '2' at screen 0.51781,0.29580 right font ',8' tc rgb '#000000'
set label 15 'xor(7) | brick(3,2)' at screen 0.52494,0.29580 left font ',8' tc rgb '#0072b2'
set label 16 '8 runs of 4 pipelines. Grey: runs. Coloured: medians of a pipeline’s runs, a colour a model key.' at screen 0.03088,0.04034 left font ',7.5' tc rgb '#666666'
set label 17 'Numbered: what no smaller (left) or faster (right) pipeline matches. Lower is better.' at screen 0.03088,0.02017 left font ',7.5' tc rgb '#666666'
unset border
unset xtics
unset ytics
plot [0:1] [0:1] NaN
unset multiplot
unset output
