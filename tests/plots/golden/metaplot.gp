set encoding utf8
set terminal pngcairo noenhanced color background '#ffffff' font 'Sans,10' fontscale 1.5 linewidth 2 size 1202,772
unset key
P = 1.8
set output 'page-1.png'
set multiplot
unset label
unset arrow
unset logscale
set lmargin at screen 0.11647
set rmargin at screen 0.83195
set bmargin at screen 0.17098
set tmargin at screen 0.89637
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'or' at screen 0.47421,0.94819 center font ',12' tc rgb '#000000'
set label 2 'nb_params' at screen 0.47421,0.09845 center font ',10' tc rgb '#000000'
set label 3 'test_loss' at screen 0.02329,0.53368 center rotate font ',10' tc rgb '#000000'
set label 4 '12 runs. Lines: means; circles: the runs' at screen 0.02329,0.03627 left font ',7.5' tc rgb '#666666'
set tics font ',9'
set key at screen 0.84526,0.89637 left top Left reverse samplen 2 spacing 1.17 font ',9'
set xrange [9.3:24.7]
set xtics nomirror ('10' 10,'12' 12,'14' 14,'16' 16,'18' 18,'20' 20,'22' 22,'24' 24)
set yrange [0.628:7.572]
set ytics nomirror ('1' 1,'2' 2,'3' 3,'4' 4,'5' 5,'6' 6,'7' 7)
$mean0 << E
10 2
20 4
E
$points0 << E
10 1
10 2
10 3
20 2
20 4
20 6
E
$mean1 << E
12 2.4
24 4.8
E
$points1 << E
12 1.2
12 2.4
12 3.6
24 2.4
24 4.8
24 7.2
E
plot $points0 with points pt 6 ps 0.45*P lw 0.6 lc rgb '#0072b2' notitle, $points1 with points pt 6 ps 0.45*P lw 0.6 lc rgb '#d55e00' notitle, $mean0 with linespoints pt 7 ps 0.6*P lw 1.2 lc rgb '#0072b2' dt solid title 'brick', $mean1 with linespoints pt 5 ps 0.6*P lw 1.2 lc rgb '#d55e00' dt solid title 'funnel'
unset multiplot
unset output
