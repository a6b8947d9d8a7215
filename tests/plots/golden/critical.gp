set encoding utf8
set terminal pdfcairo noenhanced color background '#ffffff' font 'Sans,10' fontscale 0.75 linewidth 2.5 size 9.4444in,3.2083in
unset key
P = 1
set output 'page-1.pdf'
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
set label 1 'a.db: test_loss by mlp_key' at screen 0.50000,0.92208 center font ',12' tc rgb '#000000'
set arrow from screen 0.25000,0.63636 to screen 0.75000,0.63636 nohead lw 0.8 lc rgb '#222222'
set arrow from screen 0.25000,0.63636 to screen 0.25000,0.65368 nohead lw 0.8 lc rgb '#222222'
set label 2 '1' at screen 0.25000,0.68398 center font ',8.5' tc rgb '#000000'
set arrow from screen 0.50000,0.63636 to screen 0.50000,0.65368 nohead lw 0.8 lc rgb '#222222'
set label 3 '2' at screen 0.50000,0.68398 center font ',8.5' tc rgb '#000000'
set arrow from screen 0.75000,0.63636 to screen 0.75000,0.65368 nohead lw 0.8 lc rgb '#222222'
set label 4 '3' at screen 0.75000,0.68398 center font ',8.5' tc rgb '#000000'
set arrow from screen 0.25000,0.74892 to screen 0.54296,0.74892 nohead lw 1.6 lc rgb '#0072b2'
set arrow from screen 0.25000,0.73593 to screen 0.25000,0.76190 nohead lw 1 lc rgb '#0072b2'
set arrow from screen 0.54296,0.73593 to screen 0.54296,0.76190 nohead lw 1 lc rgb '#0072b2'
set label 5 'critical difference 1.17' at screen 0.25000,0.79221 left font ',8' tc rgb '#0072b2'
set arrow from screen 0.28125,0.63636 to screen 0.28125,0.48052 nohead lw 0.8 lc rgb '#666666'
set arrow from screen 0.28125,0.48052 to screen 0.21471,0.48052 nohead lw 0.8 lc rgb '#666666'
set label 6 '1.12' at screen 0.21912,0.50216 left font ',6.5' tc rgb '#666666'
set label 7 'a' at screen 0.20882,0.48052 right font ',9' tc rgb '#000000'
set arrow from screen 0.46875,0.63636 to screen 0.46875,0.41126 nohead lw 0.8 lc rgb '#666666'
set arrow from screen 0.46875,0.41126 to screen 0.21471,0.41126 nohead lw 0.8 lc rgb '#666666'
set label 8 '1.88' at screen 0.21912,0.43290 left font ',6.5' tc rgb '#666666'
set label 9 'b' at screen 0.20882,0.41126 right font ',9' tc rgb '#000000'
set arrow from screen 0.75000,0.63636 to screen 0.75000,0.48052 nohead lw 0.8 lc rgb '#666666'
set arrow from screen 0.75000,0.48052 to screen 0.78529,0.48052 nohead lw 0.8 lc rgb '#666666'
set label 10 '3.00' at screen 0.78088,0.50216 right font ',6.5' tc rgb '#666666'
set label 11 'c' at screen 0.79118,0.48052 left font ',9' tc rgb '#000000'
set arrow from screen 0.27684,0.60173 to screen 0.47316,0.60173 nohead front lw 3.5 lc rgb '#d55e00'
set arrow from screen 0.46434,0.56277 to screen 0.75441,0.56277 nohead front lw 3.5 lc rgb '#d55e00'
set label 12 '8 blocks (dataset_key)' at screen 0.02059,0.22944 left font ',7.5' tc rgb '#666666'
set label 13 'Friedman: χ² = 14.25, p = 0.000805 (roughly: few blocks): they differ' at screen 0.02059,0.17316 left font ',7.5' tc rgb '#666666'
set label 14 'Ranks within a block, 1 is the best; their means. Bars join models that Nemenyi’s test cannot tell apart at 0.05.' at screen 0.02059,0.11688 left font ',7.5' tc rgb '#666666'
set label 15 'Seeds on the same data are no independent data sets: such blocks speak of this data only.' at screen 0.02059,0.06061 left font ',7.5' tc rgb '#666666'
unset border
unset xtics
unset ytics
plot [0:1] [0:1] NaN
unset multiplot
unset output
