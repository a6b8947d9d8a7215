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
set label 1 'dataset_OR(1,200,0.8)' at screen 0.26069,0.93795 center font ',11' tc rgb '#000000'
set label 2 'mlp_brick(4,3):49, 3 runs' at screen 0.26069,0.91299 center font ',11' tc rgb '#000000'
set tics font ',9.02'
set xrange [0.96:3.04]
set xtics nomirror ('1' 1,'2' 2,'3' 3)
set yrange [0.0339999987:1.26600005]
set ytics nomirror ('0.2' 0.2,'0.4' 0.4,'0.6' 0.6,'0.8' 0.8,'1.0' 1,'1.2' 1.2)
$train_loss << E
1 0.5 0.400000006 0.600000024
2 0.300000012 0.300000012 0.300000012
3 0.200000003 0.100000001 0.300000012
E
$test_loss << E
1 1 0.800000012 1.20000005
2 0.600000024 0.600000024 0.600000024
3 0.400000006 0.200000003 0.600000024
E
plot $train_loss using 1:3:4 with filledcurves fc rgb '#0072b2' fs transparent solid 0.22 noborder, $test_loss using 1:3:4 with filledcurves fc rgb '#d55e00' fs transparent solid 0.22 noborder, $train_loss using 1:2 with linespoints lc rgb '#0072b2' lw 1.3 dt solid pt 7 ps 0.5*P, $test_loss using 1:2 with linespoints lc rgb '#d55e00' lw 1.3 dt (11,8) pt 4 ps 0.7*P
unset label
unset arrow
unset logscale
set lmargin at screen 0.55356
set rmargin at screen 0.96791
set bmargin at screen 0.53335
set tmargin at screen 0.89728
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'dataset_OR(1,200,0.8)' at screen 0.73931,0.93795 center font ',11' tc rgb '#000000'
set label 2 'mlp_brick(4,9):99, 1 run' at screen 0.73931,0.91299 center font ',11' tc rgb '#000000'
set tics font ',9.02'
set xrange [0:2]
set xtics nomirror ('0' 0,'1' 1,'2' 2)
set yrange [0.0900000013:0.110000002]
set ytics nomirror ('0.095' 0.095,'0.100' 0.1,'0.105' 0.105,'0.110' 0.11)
$train_loss << E
1 0.100000001 0.100000001 0.100000001
E
$test_loss << E
1 0.100000001 0.100000001 0.100000001
E
plot $train_loss using 1:2 with linespoints lc rgb '#0072b2' lw 1.3 dt solid pt 7 ps 0.5*P, $test_loss using 1:2 with linespoints lc rgb '#d55e00' lw 1.3 dt (11,8) pt 4 ps 0.7*P
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
set label 2 'a.db: 4 runs' at screen 0.07126,0.80504 left font ',11' tc rgb '#666666'
set arrow from screen 0.07126,0.75462 to screen 0.14252,0.75462 nohead lc rgb '#0072b2' lw 1.3 dt solid
set label 3 'train_loss (solid)' at screen 0.16033,0.75462 left font ',11' tc rgb '#000000'
set arrow from screen 0.07126,0.70420 to screen 0.14252,0.70420 nohead lc rgb '#d55e00' lw 1.3 dt (11,8)
set label 4 'test_loss (dashed)' at screen 0.16033,0.70420 left font ',11' tc rgb '#000000'
set label 5 'Titles: the data set, then model:number of parameters, and how many runs.' at screen 0.07126,0.64034 left font ',10' tc rgb '#444444'
set label 6 'Horizontally: epochs. Vertically: the loss, on a logarithmic axis where it spans two decades or more.' at screen 0.07126,0.61008 left font ',10' tc rgb '#444444'
set label 7 'Every figure has axes of its own.' at screen 0.07126,0.57983 left font ',10' tc rgb '#444444'
set label 8 '' at screen 0.07126,0.54958 left font ',10' tc rgb '#444444'
set label 9 'Lines: medians over the runs at this epoch.' at screen 0.07126,0.51933 left font ',10' tc rgb '#444444'
set label 10 'Bands: from the first to the third quartile; of fewer than 5 runs from the lowest to the highest.' at screen 0.07126,0.48908 left font ',10' tc rgb '#444444'
set label 11 'Runs that ended before an epoch, or are not finite there, do not count in it.' at screen 0.07126,0.45882 left font ',10' tc rgb '#444444'
unset border
unset tics
plot [0:1] [0:1] NaN
unset multiplot
unset output
