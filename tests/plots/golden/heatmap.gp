set encoding utf8
set terminal pdfcairo noenhanced color background '#ffffff' font 'Sans,10' fontscale 0.75 linewidth 2.5 size 7.5639in,3.25in
unset key
P = 1
set output 'page-1.pdf'
set multiplot
$cells << E
0 0 0 1 0 1 16639781
1 0 1 2 0 1 4663415
0 1 0 1 1 2 11984175
1 1 1 2 1 2 4456788
E
$scale << E
0 0.00781 0 1 0.00000 1 16311846
0 0.02344 0 1 0.01562 1 15656231
0 0.03906 0 1 0.03125 1 15000616
0 0.05469 0 1 0.04688 1 14344746
0 0.07031 0 1 0.06250 1 13689131
0 0.08594 0 1 0.07812 1 13033261
0 0.10156 0 1 0.09375 1 12377646
0 0.11719 0 1 0.10938 1 11722031
0 0.13281 0 1 0.12500 1 11066163
0 0.14844 0 1 0.14062 1 10410041
0 0.16406 0 1 0.15625 1 9754176
0 0.17969 0 1 0.17188 1 9098310
0 0.19531 0 1 0.18750 1 8507724
0 0.21094 0 1 0.20312 1 7851858
0 0.22656 0 1 0.21875 1 7195993
0 0.24219 0 1 0.23438 1 6539871
0 0.25781 0 1 0.25000 1 6014820
0 0.27344 0 1 0.26562 1 5555304
0 0.28906 0 1 0.28125 1 5095787
0 0.30469 0 1 0.29688 1 4636015
0 0.32031 0 1 0.31250 1 4242035
0 0.33594 0 1 0.32812 1 3782263
0 0.35156 0 1 0.34375 1 3322746
0 0.36719 0 1 0.35938 1 2863230
0 0.38281 0 1 0.37500 1 2665601
0 0.39844 0 1 0.39062 1 2599298
0 0.41406 0 1 0.40625 1 2532740
0 0.42969 0 1 0.42188 1 2466181
0 0.44531 0 1 0.43750 1 2399879
0 0.46094 0 1 0.45312 1 2333320
0 0.47656 0 1 0.46875 1 2266762
0 0.49219 0 1 0.48438 1 2200459
0 0.50781 0 1 0.50000 1 2264972
0 0.52344 0 1 0.51562 1 2329484
0 0.53906 0 1 0.53125 1 2393997
0 0.55469 0 1 0.54688 1 2524045
0 0.57031 0 1 0.56250 1 2588813
0 0.58594 0 1 0.57812 1 2718861
0 0.60156 0 1 0.59375 1 2783374
0 0.61719 0 1 0.60938 1 2847886
0 0.63281 0 1 0.62500 1 2977934
0 0.64844 0 1 0.64062 1 3107981
0 0.66406 0 1 0.65625 1 3238029
0 0.67969 0 1 0.67188 1 3368077
0 0.69531 0 1 0.68750 1 3432588
0 0.71094 0 1 0.70312 1 3562636
0 0.72656 0 1 0.71875 1 3692684
0 0.74219 0 1 0.73438 1 3822731
0 0.75781 0 1 0.75000 1 3952778
0 0.77344 0 1 0.76562 1 4017032
0 0.78906 0 1 0.78125 1 4146822
0 0.80469 0 1 0.79688 1 4211332
0 0.82031 0 1 0.81250 1 4341122
0 0.83594 0 1 0.82812 1 4405632
0 0.85156 0 1 0.84375 1 4535422
0 0.86719 0 1 0.85938 1 4599676
0 0.88281 0 1 0.87500 1 4663929
0 0.89844 0 1 0.89062 1 4597108
0 0.91406 0 1 0.90625 1 4595567
0 0.92969 0 1 0.92188 1 4594282
0 0.94531 0 1 0.93750 1 4527205
0 0.96094 0 1 0.95312 1 4525920
0 0.97656 0 1 0.96875 1 4524379
0 0.99219 0 1 0.98438 1 4457558
E
unset label
unset arrow
unset logscale
set lmargin at screen 0.86412
set rmargin at screen 0.88983
set bmargin at screen 0.29060
set tmargin at screen 0.80342
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 '53' at screen 0.89717,0.33903 left font ',8' tc rgb '#000000'
set label 2 '54' at screen 0.89717,0.39601 left font ',8' tc rgb '#000000'
set label 3 '55' at screen 0.89717,0.45299 left font ',8' tc rgb '#000000'
set label 4 '56' at screen 0.89717,0.50997 left font ',8' tc rgb '#000000'
set label 5 '57' at screen 0.89717,0.56695 left font ',8' tc rgb '#000000'
set label 6 '58' at screen 0.89717,0.62393 left font ',8' tc rgb '#000000'
set label 7 '59' at screen 0.89717,0.68091 left font ',8' tc rgb '#000000'
set label 8 '60' at screen 0.89717,0.73789 left font ',8' tc rgb '#000000'
set label 9 '61' at screen 0.89717,0.79487 left font ',8' tc rgb '#000000'
set label 10 'test_loss' at screen 0.87697,0.84615 center font ',8.5' tc rgb '#000000'
unset xtics
unset ytics
plot [0:1] [0:1] $scale using 1:2:3:4:5:6:7 with boxxyerror fs solid noborder lc rgb variable
unset label
unset arrow
unset logscale
set lmargin at screen 0.13698
set rmargin at screen 0.83474
set bmargin at screen 0.29060
set tmargin at screen 0.80342
set border 31 lw 0.7 lc rgb '#444444'
set tics scale 0.5 nomirror tc rgb '#222222'
set label 1 'a.db' at screen 0.50000,0.91453 center font ',12' tc rgb '#000000'
set label 2 '2' at screen 0.31142,0.24786 center font ',8.5' tc rgb '#000000'
set label 3 '10' at screen 0.66030,0.24786 center font ',8.5' tc rgb '#000000'
set label 4 'brick' at screen 0.12596,0.41880 right font ',8.5' tc rgb '#000000'
set label 5 'funnel' at screen 0.12596,0.67521 right font ',8.5' tc rgb '#000000'
set label 6 '52' at screen 0.31142,0.43932 center front font ',8' tc rgb '#000000'
set label 7 'n = 4' at screen 0.31142,0.39487 center front font ',6.4' tc rgb '#000000'
set label 8 '60' at screen 0.66030,0.43932 center front font ',8' tc rgb '#ffffff'
set label 9 'n = 4' at screen 0.66030,0.39487 center front font ',6.4' tc rgb '#ffffff'
set label 10 '53' at screen 0.31142,0.69573 center front font ',8' tc rgb '#000000'
set label 11 'n = 4' at screen 0.31142,0.65128 center front font ',6.4' tc rgb '#000000'
set label 12 '61' at screen 0.66030,0.69573 center front font ',8' tc rgb '#ffffff'
set label 13 'n = 4' at screen 0.66030,0.65128 center front font ',6.4' tc rgb '#ffffff'
set label 14 'width' at screen 0.48586,0.18803 center font ',10' tc rgb '#000000'
set label 15 'mlp' at screen 0.02203,0.54701 center rotate font ',10' tc rgb '#000000'
set label 16 '16 runs' at screen 0.02571,0.10256 left font ',7.5' tc rgb '#666666'
set label 17 'Medians, over seeds and dataset. Light: good. Grey: no run.' at screen 0.02571,0.05128 left font ',7.5' tc rgb '#666666'
unset xtics
unset ytics
plot [0:2] [0:2] $cells using 1:2:3:4:5:6:7 with boxxyerror fs solid noborder lc rgb variable
unset multiplot
unset output
