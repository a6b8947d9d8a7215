set encoding utf8
set terminal pdfcairo noenhanced color background '#ffffff' font 'Sans,10' fontscale 0.75 linewidth 2.5 size 8.6111in,5.5556in
unset key
P = 1
set output 'page-1.pdf'
set multiplot
$lines << E
0 0.99000 13984264
1 0.99000 13984264
2 0.99000 13984264
3 0.98077 13984264

0 0.98143 14050316
1 0.06143 14050316
2 0.98143 14050316
3 0.97195 14050316

0 0.97286 14118951
1 0.97286 14118951
2 0.05286 14118951
3 0.91020 14118951

0 0.96429 14119467
1 0.04429 14119467
2 0.04429 14119467
3 0.90138 14119467

0 0.03571 2983610
1 0.95571 2983610
2 0.95571 2983610
3 0.09862 2983610

0 0.02714 2720953
1 0.02714 2720953
2 0.94714 2720953
3 0.08980 2720953

0 0.01857 882868
1 0.93857 882868
2 0.01857 882868
3 0.02805 882868

0 0.01000 620212
1 0.01000 620212
2 0.01000 620212
3 0.01923 620212

E
unset label
unset arrow
unset logscale
set lmargin at screen 0.17742
set rmargin at screen 0.90323
set bmargin at screen 0.12500
set tmargin at screen 0.83500
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set style textbox opaque noborder margins 0.2,0.2 fillcolor rgb '#ffffff'
set label 1 'a.db' at screen 0.50000,0.95000 center font ',12' tc rgb '#000000'
set arrow from screen 0.17742,0.12500 to screen 0.17742,0.83500 nohead front lw 0.8 lc rgb '#222222'
set label 2 'dataset' at screen 0.17742,0.87000 center font ',9' tc rgb '#000000'
set arrow from screen 0.17742,0.15340 rto screen -0.00484,0 nohead front lw 0.8 lc rgb '#222222'
set label 3 'or' at screen 0.16935,0.15340 right front boxed font ',8' tc rgb '#000000'
set arrow from screen 0.17742,0.80660 rto screen -0.00484,0 nohead front lw 0.8 lc rgb '#222222'
set label 4 'xor' at screen 0.16935,0.80660 right front boxed font ',8' tc rgb '#000000'
set arrow from screen 0.41935,0.12500 to screen 0.41935,0.83500 nohead front lw 0.8 lc rgb '#222222'
set label 5 'mlp' at screen 0.41935,0.87000 center font ',9' tc rgb '#000000'
set arrow from screen 0.41935,0.15340 rto screen -0.00484,0 nohead front lw 0.8 lc rgb '#222222'
set label 6 'brick' at screen 0.41129,0.15340 right front boxed font ',8' tc rgb '#000000'
set arrow from screen 0.41935,0.80660 rto screen -0.00484,0 nohead front lw 0.8 lc rgb '#222222'
set label 7 'funnel' at screen 0.41129,0.80660 right front boxed font ',8' tc rgb '#000000'
set arrow from screen 0.66129,0.12500 to screen 0.66129,0.83500 nohead front lw 0.8 lc rgb '#222222'
set label 8 'width' at screen 0.66129,0.87000 center font ',9' tc rgb '#000000'
set arrow from screen 0.66129,0.15340 rto screen -0.00484,0 nohead front lw 0.8 lc rgb '#222222'
set label 9 '2' at screen 0.65323,0.15340 right front boxed font ',8' tc rgb '#000000'
set arrow from screen 0.66129,0.80660 rto screen -0.00484,0 nohead front lw 0.8 lc rgb '#222222'
set label 10 '10' at screen 0.65323,0.80660 right front boxed font ',8' tc rgb '#000000'
set arrow from screen 0.90323,0.12500 to screen 0.90323,0.83500 nohead front lw 0.8 lc rgb '#222222'
set label 11 'test_loss' at screen 0.90323,0.87000 center font ',9' tc rgb '#000000'
set arrow from screen 0.90323,0.12550 rto screen 0.00484,0 nohead front lw 0.8 lc rgb '#222222'
set label 12 '0' at screen 0.91129,0.12550 left front font ',8' tc rgb '#000000'
set arrow from screen 0.90323,0.25077 rto screen 0.00484,0 nohead front lw 0.8 lc rgb '#222222'
set label 13 '20' at screen 0.91129,0.25077 left front font ',8' tc rgb '#000000'
set arrow from screen 0.90323,0.37603 rto screen 0.00484,0 nohead front lw 0.8 lc rgb '#222222'
set label 14 '40' at screen 0.91129,0.37603 left front font ',8' tc rgb '#000000'
set arrow from screen 0.90323,0.50129 rto screen 0.00484,0 nohead front lw 0.8 lc rgb '#222222'
set label 15 '60' at screen 0.91129,0.50129 left front font ',8' tc rgb '#000000'
set arrow from screen 0.90323,0.62656 rto screen 0.00484,0 nohead front lw 0.8 lc rgb '#222222'
set label 16 '80' at screen 0.91129,0.62656 left front font ',8' tc rgb '#000000'
set arrow from screen 0.90323,0.75182 rto screen 0.00484,0 nohead front lw 0.8 lc rgb '#222222'
set label 17 '100' at screen 0.91129,0.75182 left front font ',8' tc rgb '#000000'
set label 18 '8 runs' at screen 0.02258,0.06000 left font ',7.5' tc rgb '#666666'
set label 19 'Blue: good test_loss, vermilion: bad. Runs with one value are spread a little, in the order of their test_loss.' at screen 0.02258,0.03000 left font ',7.5' tc rgb '#666666'
unset border
unset xtics
unset ytics
plot [0:3] [-0:1] $lines using 1:2:3 with lines lw 1.3 lc rgb variable
unset multiplot
unset output
