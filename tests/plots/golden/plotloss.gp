set encoding utf8
set terminal pdfcairo noenhanced color background '#ffffff' font 'Sans,10' fontscale 0.75 linewidth 2.5 size 11.694in,8.2639in
unset key
P = 1
set output 'page-1.pdf'
set multiplot
unset label
unset arrow
unset logscale
set lmargin at screen 0.07494
set rmargin at screen 0.48929
set bmargin at screen 0.53335
set tmargin at screen 0.89728
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 '1:dataset_OR(1,200,0.8)' at screen 0.26069,0.93795 center font ',11' tc rgb '#000000'
set label 2 'mlp_brick(4,3):49' at screen 0.26069,0.91299 center font ',11' tc rgb '#000000'
set label 3 'overfit 0.01' at screen 0.48179,0.87605 right front font ',9.02' tc rgb '#666666'
set label 4 'trainability 0.04' at screen 0.48179,0.85483 right front font ',9.02' tc rgb '#666666'
set label 5 'slope -5.00E-06' at screen 0.48179,0.83361 right front font ',9.02' tc rgb '#666666'
set tics font ',9.02'
set xrange [0.94:4.06]
set xtics nomirror ('1' 1,'2' 2,'3' 3,'4' 4)
set yrange [0.0760000016:0.524]
set ytics nomirror ('0.1' 0.1,'0.2' 0.2,'0.3' 0.3,'0.4' 0.4,'0.5' 0.5)
$train_loss << E
1 0.400000006
2 0.300000012
3 0.200000003
4 0.100000001
E
$test_loss << E
1 0.5
2 0.400000006
3 0.300000012
4 0.200000003
E
plot $train_loss with linespoints lc rgb '#0072b2' lw 1.3 dt solid pt 7 ps 0.5*P, $test_loss with linespoints lc rgb '#d55e00' lw 1.3 dt (11,8) pt 4 ps 0.7*P
unset label
unset arrow
unset logscale
set lmargin at screen 0.55356
set rmargin at screen 0.96791
set bmargin at screen 0.53335
set tmargin at screen 0.89728
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 '3:a(1)' at screen 0.73931,0.93795 center font ',11' tc rgb '#000000'
set label 2 'b(2,’x’):7' at screen 0.73931,0.91299 center font ',11' tc rgb '#000000'
set label 3 'overfit 0.01' at screen 0.96041,0.87605 right front font ',9.02' tc rgb '#666666'
set label 4 'trainability 0.04' at screen 0.96041,0.85483 right front font ',9.02' tc rgb '#666666'
set label 5 'slope -5.00E-06' at screen 0.96041,0.83361 right front font ',9.02' tc rgb '#666666'
set tics font ',9.02'
set xrange [0.9:6.1]
set xtics nomirror ('1' 1,'2' 2,'3' 3,'4' 4,'5' 5,'6' 6)
set yrange [4.80770917e-06:4.1599853]
set logscale y
set ytics nomirror ('10⁻⁵' 1e-05,'10⁻⁴' 0.0001,'10⁻³' 0.001,'10⁻²' 0.01,'10⁻¹' 0.1,'10⁰' 1)
$train_loss << E
1 1
2 0.100000001
3 0.00999999978
4 0.00100000005
5 9.99999975e-05
6 9.99999975e-06
E
$test_loss << E
1 2
2 0.200000003
3 0.0199999996
4 0.00200000009
5 0.000199999995
6 1.99999995e-05
E
plot $train_loss with linespoints lc rgb '#0072b2' lw 1.3 dt solid pt 7 ps 0.5*P, $test_loss with linespoints lc rgb '#d55e00' lw 1.3 dt (11,8) pt 4 ps 0.7*P
unset multiplot
set multiplot
unset label
unset arrow
unset logscale
set lmargin at screen 0.00000
set rmargin at screen 1.00000
set bmargin at screen 0.00000
set tmargin at screen 1.00000
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'Legend' at screen 0.07126,0.84874 left font ',16' tc rgb '#000000'
set label 2 'a.db: 2 runs' at screen 0.07126,0.80504 left font ',11' tc rgb '#666666'
set arrow from screen 0.07126,0.75462 to screen 0.14252,0.75462 nohead lc rgb '#0072b2' lw 1.3 dt solid
set label 3 'train_loss (solid)' at screen 0.16033,0.75462 left font ',11' tc rgb '#000000'
set arrow from screen 0.07126,0.70420 to screen 0.14252,0.70420 nohead lc rgb '#d55e00' lw 1.3 dt (11,8)
set label 4 'test_loss (dashed)' at screen 0.16033,0.70420 left font ',11' tc rgb '#000000'
set label 5 'Titles: the run’s id:data set, then model:number of parameters.' at screen 0.07126,0.64034 left font ',10' tc rgb '#444444'
set label 6 'Horizontally: epochs. Vertically: the loss, on a logarithmic axis where it spans two decades or more.' at screen 0.07126,0.61008 left font ',10' tc rgb '#444444'
set label 7 'Every figure has axes of its own.' at screen 0.07126,0.57983 left font ',10' tc rgb '#444444'
set label 8 '' at screen 0.07126,0.54958 left font ',10' tc rgb '#444444'
set label 9 'overfit: |test − train| at the last epoch, divided by the range of both curves' at screen 0.07126,0.51933 left font ',10' tc rgb '#444444'
set label 10 'trainability: mean of the test loss over all epochs' at screen 0.07126,0.48908 left font ',10' tc rgb '#444444'
set label 11 'slope: mean change of the train loss per epoch over the last tenth of the epochs' at screen 0.07126,0.45882 left font ',10' tc rgb '#444444'
set label 12 'not finite at epoch N: the first value that is infinite or no number' at screen 0.07126,0.42857 left font ',10' tc rgb '#444444'
set label 13 '' at screen 0.07126,0.39832 left font ',10' tc rgb '#444444'
set label 14 'Curves have gaps where values are not finite, or not positive on a logarithmic axis.' at screen 0.07126,0.36807 left font ',10' tc rgb '#444444'
unset border
unset tics
plot [0:1] [0:1] NaN
unset multiplot
unset output
