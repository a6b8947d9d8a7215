set encoding utf8
set terminal pdfcairo noenhanced color background '#ffffff' font 'Sans,10' fontscale 0.75 linewidth 2.5 size 7.7778in,2.9722in
unset key
P = 1
set output 'page-1.pdf'
set multiplot
$bars << E
0.992466 3.500 0 0.992466 3.180 3.820 29362
-1 0.5 -1 -1 0.4 0.6 0
E
unset label
unset arrow
unset logscale
set lmargin at screen 0.26786
set rmargin at screen 0.78571
set bmargin at screen 0.39252
set tmargin at screen 0.76636
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'a.db: what test_loss depends on' at screen 0.50000,0.89720 center font ',12' tc rgb '#000000'
set label 2 'dataset' at screen 0.25714,0.71963 right font ',9' tc rgb '#000000'
set label 3 '99 %' at screen 0.79074,0.71963 left front font ',8' tc rgb '#444444'
set label 4 'mlp' at screen 0.25714,0.62617 right font ',9' tc rgb '#000000'
set label 5 '0 %' at screen 0.27679,0.62617 left front font ',8' tc rgb '#444444'
set label 6 'width' at screen 0.25714,0.53271 right font ',9' tc rgb '#000000'
set label 7 '0 %' at screen 0.27679,0.53271 left front font ',8' tc rgb '#444444'
set label 8 'between seeds' at screen 0.25714,0.43925 right font ',9' tc rgb '#666666'
set label 9 '? (no pipeline was run twice)' at screen 0.27679,0.43925 left front font ',8' tc rgb '#444444'
set label 10 '8 runs of 8 pipelines. Share of the variance of test_loss' at screen 0.02500,0.18692 left font ',7.5' tc rgb '#666666'
set label 11 'Dark: the parameter alone. Light: what it does only together with others. Grey: runs that differ in their seed only.' at screen 0.02500,0.12617 left font ',7.5' tc rgb '#666666'
set tics font ',8'
set xtics nomirror ('0 %%' 0, '25 %%' 0.25, '50 %%' 0.5, '75 %%' 0.75, '100 %%' 1)
unset ytics
set grid xtics lw 0.4 lc rgb '#dddddd'
plot [0:1] [0:4] $bars using 1:2:3:4:5:6:7 with boxxyerror fs solid noborder lc rgb variable
unset multiplot
unset output
