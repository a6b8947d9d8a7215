set encoding utf8
set terminal pdfcairo noenhanced color background '#ffffff' font 'Sans,10' fontscale 0.75 linewidth 2.5 size 11.694in,8.2639in
unset key
P = 1
set output 'page-1.pdf'
set multiplot
# train_loss
unset label
unset arrow
unset logscale
set lmargin at screen 0.08076
set rmargin at screen 0.32858
set bmargin at screen 0.67227
set tmargin at screen 0.86555
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'train_loss' at screen 0.20467,0.88235 center font ',10' tc rgb '#000000'
set label 2 'nb_params' at screen 0.20467,0.63529 center font ',8' tc rgb '#444444'
set tics font ',8'
set xrange [8.8:21.2]
set xtics nomirror ('10' 10,'12' 12,'14' 14,'16' 16,'18' 18,'20' 20)
set yrange [-0.04:0.94]
set ytics nomirror ('0.0' 0,'0.2' 0.2,'0.4' 0.4,'0.6' 0.6,'0.8' 0.8)
$violins0 << E
...
E
$quartiles0 << E
10 0.35 0.225 0.475
E
$points0 << E
20 0.7
20 0.8
E
$mean0 << E
10 0.35
20 0.75
E
plot $violins0 with filledcurves closed fc rgb '#56b4e9' fs transparent solid 0.45 noborder, $quartiles0 with yerrorbars pt 7 ps 0.25*P lw 0.8 lc rgb '#555555', $points0 with points pt 6 ps 0.4*P lw 0.6 lc rgb '#56b4e9', $mean0 with linespoints pt 5 ps 0.45*P lw 1.2 lc rgb '#d55e00'
# test_loss
unset label
unset arrow
unset logscale
set lmargin at screen 0.39509
set rmargin at screen 0.64291
set bmargin at screen 0.67227
set tmargin at screen 0.86555
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'test_loss' at screen 0.51900,0.88235 center font ',10' tc rgb '#000000'
set label 2 'nb_params' at screen 0.51900,0.63529 center font ',8' tc rgb '#444444'
set tics font ',8'
set xrange [8.8:21.2]
set xtics nomirror ('10' 10,'12' 12,'14' 14,'16' 16,'18' 18,'20' 20)
set yrange [-0.08:1.88]
set ytics nomirror ('0.0' 0,'0.5' 0.5,'1.0' 1,'1.5' 1.5)
$violins0 << E
...
E
$quartiles0 << E
10 0.7 0.45 0.95
E
$points0 << E
20 1.4
20 1.6
E
$mean0 << E
10 0.7
20 1.5
E
plot $violins0 with filledcurves closed fc rgb '#56b4e9' fs transparent solid 0.45 noborder, $quartiles0 with yerrorbars pt 7 ps 0.25*P lw 0.8 lc rgb '#555555', $points0 with points pt 6 ps 0.4*P lw 0.6 lc rgb '#56b4e9', $mean0 with linespoints pt 5 ps 0.45*P lw 1.2 lc rgb '#d55e00'
# train_acc
unset label
unset arrow
unset logscale
set lmargin at screen 0.70942
set rmargin at screen 0.95724
set bmargin at screen 0.67227
set tmargin at screen 0.86555
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'train_acc' at screen 0.83333,0.88235 center font ',10' tc rgb '#000000'
set label 2 'nb_params' at screen 0.83333,0.63529 center font ',8' tc rgb '#444444'
set tics font ',8'
set xrange [8.8:21.2]
set xtics nomirror ('10' 10,'12' 12,'14' 14,'16' 16,'18' 18,'20' 20)
set yrange [89.6:99.4]
set ytics nomirror ('90' 90,'92' 92,'94' 94,'96' 96,'98' 98)
$violins0 << E
...
E
$quartiles0 << E
10 93.5 92.25 94.75
E
$points0 << E
20 97
20 98
E
$mean0 << E
10 93.5
20 97.5
E
plot $violins0 with filledcurves closed fc rgb '#56b4e9' fs transparent solid 0.45 noborder, $quartiles0 with yerrorbars pt 7 ps 0.25*P lw 0.8 lc rgb '#555555', $points0 with points pt 6 ps 0.4*P lw 0.6 lc rgb '#56b4e9', $mean0 with linespoints pt 5 ps 0.45*P lw 1.2 lc rgb '#d55e00'
# test_acc
unset label
unset arrow
unset logscale
set lmargin at screen 0.08076
set rmargin at screen 0.32858
set bmargin at screen 0.38487
set tmargin at screen 0.57815
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'test_acc' at screen 0.20467,0.59496 center font ',10' tc rgb '#000000'
set label 2 'nb_params' at screen 0.20467,0.34790 center font ',8' tc rgb '#444444'
set tics font ',8'
set xrange [8.8:21.2]
set xtics nomirror ('10' 10,'12' 12,'14' 14,'16' 16,'18' 18,'20' 20)
set yrange [58.5:71.5]
set ytics nomirror ('60' 60,'65' 65,'70' 70)
$violins0 << E
...
E
$quartiles0 << E
10 65 65 65
E
$points0 << E
20 65
20 65
E
$mean0 << E
10 65
20 65
E
plot $points0 with points pt 6 ps 0.4*P lw 0.6 lc rgb '#56b4e9', $mean0 with linespoints pt 5 ps 0.45*P lw 1.2 lc rgb '#d55e00'
# duration(s)
unset label
unset arrow
unset logscale
set lmargin at screen 0.39509
set rmargin at screen 0.64291
set bmargin at screen 0.38487
set tmargin at screen 0.57815
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'duration(s)' at screen 0.51900,0.59496 center font ',10' tc rgb '#000000'
set label 2 'nb_params' at screen 0.51900,0.34790 center font ',8' tc rgb '#444444'
set tics font ',8'
set xrange [8.8:21.2]
set xtics nomirror ('10' 10,'12' 12,'14' 14,'16' 16,'18' 18,'20' 20)
set yrange [1.35:1.65]
set ytics nomirror ('1.35' 1.35,'1.40' 1.4,'1.45' 1.45,'1.50' 1.5,'1.55' 1.55,'1.60' 1.6,'1.65' 1.65)
$violins0 << E
...
E
$quartiles0 << E
10 1.5 1.5 1.5
E
$points0 << E
20 1.5
20 1.5
E
$mean0 << E
10 1.5
20 1.5
E
plot $points0 with points pt 6 ps 0.4*P lw 0.6 lc rgb '#56b4e9', $mean0 with linespoints pt 5 ps 0.45*P lw 1.2 lc rgb '#d55e00'
# epochs
unset label
unset arrow
unset logscale
set lmargin at screen 0.70942
set rmargin at screen 0.95724
set bmargin at screen 0.38487
set tmargin at screen 0.57815
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'epochs' at screen 0.83333,0.59496 center font ',10' tc rgb '#000000'
set label 2 'nb_params' at screen 0.83333,0.34790 center font ',8' tc rgb '#444444'
set tics font ',8'
set xrange [8.8:21.2]
set xtics nomirror ('10' 10,'12' 12,'14' 14,'16' 16,'18' 18,'20' 20)
set yrange [0.9:1.1]
set ytics nomirror ('0.90' 0.9,'0.95' 0.95,'1.00' 1,'1.05' 1.05,'1.10' 1.1)
$violins0 << E
...
E
$quartiles0 << E
10 1 1 1
E
$points0 << E
20 1
20 1
E
$mean0 << E
10 1
20 1
E
plot $points0 with points pt 6 ps 0.4*P lw 0.6 lc rgb '#56b4e9', $mean0 with linespoints pt 5 ps 0.45*P lw 1.2 lc rgb '#d55e00'
# overfit
unset label
unset arrow
unset logscale
set lmargin at screen 0.08076
set rmargin at screen 0.32858
set bmargin at screen 0.09748
set tmargin at screen 0.29076
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'overfit' at screen 0.20467,0.30756 center font ',10' tc rgb '#000000'
set label 2 'nb_params' at screen 0.20467,0.06050 center font ',8' tc rgb '#444444'
set tics font ',8'
set xrange [8.8:21.2]
set xtics nomirror ('10' 10,'12' 12,'14' 14,'16' 16,'18' 18,'20' 20)
set yrange [0.009:0.011]
set ytics nomirror ('0.0090' 0.009,'0.0095' 0.0095,'0.0100' 0.01,'0.0105' 0.0105,'0.0110' 0.011)
$violins0 << E
...
E
$quartiles0 << E
10 0.01 0.01 0.01
E
$points0 << E
20 0.01
20 0.01
E
$mean0 << E
10 0.01
20 0.01
E
plot $points0 with points pt 6 ps 0.4*P lw 0.6 lc rgb '#56b4e9', $mean0 with linespoints pt 5 ps 0.45*P lw 1.2 lc rgb '#d55e00'
# trainability
unset label
unset arrow
unset logscale
set lmargin at screen 0.39509
set rmargin at screen 0.64291
set bmargin at screen 0.09748
set tmargin at screen 0.29076
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'trainability' at screen 0.51900,0.30756 center font ',10' tc rgb '#000000'
set label 2 'nb_params' at screen 0.51900,0.06050 center font ',8' tc rgb '#444444'
set tics font ',8'
set xrange [8.8:21.2]
set xtics nomirror ('10' 10,'12' 12,'14' 14,'16' 16,'18' 18,'20' 20)
set yrange [0.036:0.044]
set ytics nomirror ('0.036' 0.036,'0.038' 0.038,'0.040' 0.04,'0.042' 0.042,'0.044' 0.044)
$violins0 << E
...
E
$quartiles0 << E
10 0.04 0.04 0.04
E
$points0 << E
20 0.04
20 0.04
E
$mean0 << E
10 0.04
20 0.04
E
plot $points0 with points pt 6 ps 0.4*P lw 0.6 lc rgb '#56b4e9', $mean0 with linespoints pt 5 ps 0.45*P lw 1.2 lc rgb '#d55e00'
# slope
unset label
unset arrow
unset logscale
set lmargin at screen 0.70942
set rmargin at screen 0.95724
set bmargin at screen 0.09748
set tmargin at screen 0.29076
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'slope' at screen 0.83333,0.30756 center font ',10' tc rgb '#000000'
set label 2 'no run has a value' at screen 0.83333,0.19412 center font ',9' tc rgb '#666666'
unset xtics
unset ytics
plot [0:1] [0:1] NaN
unset label
unset arrow
unset logscale
set lmargin at screen 0.00000
set rmargin at screen 1.00000
set bmargin at screen 0.00000
set tmargin at screen 1.00000
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'or | brick' at screen 0.50000,0.95294 center font ',13' tc rgb '#000000'
set label 2 '8 runs' at screen 0.95724,0.95294 right font ',9' tc rgb '#666666'
set label 3 'Line: mean. Violins: density of the runs, with median and quartiles; fewer than 5 runs are circles. Logarithmic axes where values span two decades.' at screen 0.05226,0.02689 left font ',7.5' tc rgb '#666666'
unset border
unset xtics
unset ytics
plot [0:1] [0:1] NaN
unset multiplot
unset output
