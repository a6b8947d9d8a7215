/* real_wide.h: gives the functions on reals their names on wides (exp_ is exp_w); with REAL_WIDE_UNDEF takes the names back.
** A function missing here is a redefinition error in the second inclusion. */
#ifndef REAL_WIDE_UNDEF
#define real wide
#define bits wide_bits
#define mask wide_mask
#define splat_ splat_w
#define as_bits_ as_bits_w
#define as_real_ as_real_w
#define not_ not_w
#define sel_ sel_w
#define lt_ lt_w
#define le_ le_w
#define gt_ gt_w
#define ge_ ge_w
#define eq_ eq_w
#define ne_ ne_w
#define and_ and_w
#define or_ or_w
#define has_ has_w
#define bool_ bool_w
#define fma_ fma_w
#define mul_lost_ mul_lost_w
#define div_lost_ div_lost_w
#define sqrt_ sqrt_w
#define div_ div_w
#define rcp_ rcp_w
#define rsqrt_ rsqrt_w
#define abs_ abs_w
#define copysign_ copysign_w
#define min_ min_w
#define max_ max_w
#define clamp_ clamp_w
#define sign_ sign_w
#define round_ round_w
#define floor_ floor_w
#define ceil_ ceil_w
#define trunc_ trunc_w
#define exp_split_ exp_split_w
#define exp_poly_ exp_poly_w
#define exp_scale_ exp_scale_w
#define exp_limit_ exp_limit_w
#define exp_ exp_w
#define exp_sum_ exp_sum_w
#define exp2_ exp2_w
#define expm1_ expm1_w
#define sigmoid_ sigmoid_w
#define tanh_ tanh_w
#define exp_half_ exp_half_w
#define sinh_ sinh_w
#define cosh_ cosh_w
#define log_split_ log_split_w
#define log_split_any_ log_split_any_w
#define log_join_ log_join_w
#define log_limit_ log_limit_w
#define log_ log_w
#define log2_ log2_w
#define log10_ log10_w
#define log1p_inside_ log1p_inside_w
#define log1p_ log1p_w
#define softplus_ softplus_w
#define log_precise_ log_precise_w
#define pow_ pow_w
#define trig_split_ trig_split_w
#define sin_poly_ sin_poly_w
#define cos_poly_ cos_poly_w
#define sin_ sin_w
#define cos_ cos_w
#define tan_ tan_w
#define atan_ atan_w
#define asin_poly_ asin_poly_w
#define asin_ asin_w
#define acos_ acos_w
#define erf_poly_ erf_poly_w
#define erfc_tail_ erfc_tail_w
#define erf_ erf_w
#define erfc_ erfc_w
#define normal_cdf_ normal_cdf_w
#define normal_pdf_ normal_pdf_w
#else
#undef real
#undef bits
#undef mask
#undef splat_
#undef as_bits_
#undef as_real_
#undef not_
#undef sel_
#undef lt_
#undef le_
#undef gt_
#undef ge_
#undef eq_
#undef ne_
#undef and_
#undef or_
#undef has_
#undef bool_
#undef fma_
#undef mul_lost_
#undef div_lost_
#undef sqrt_
#undef div_
#undef rcp_
#undef rsqrt_
#undef abs_
#undef copysign_
#undef min_
#undef max_
#undef clamp_
#undef sign_
#undef round_
#undef floor_
#undef ceil_
#undef trunc_
#undef exp_split_
#undef exp_poly_
#undef exp_scale_
#undef exp_limit_
#undef exp_
#undef exp_sum_
#undef exp2_
#undef expm1_
#undef sigmoid_
#undef tanh_
#undef exp_half_
#undef sinh_
#undef cosh_
#undef log_split_
#undef log_split_any_
#undef log_join_
#undef log_limit_
#undef log_
#undef log2_
#undef log10_
#undef log1p_inside_
#undef log1p_
#undef softplus_
#undef log_precise_
#undef pow_
#undef trig_split_
#undef sin_poly_
#undef cos_poly_
#undef sin_
#undef cos_
#undef tan_
#undef atan_
#undef asin_poly_
#undef asin_
#undef acos_
#undef erf_poly_
#undef erfc_tail_
#undef erf_
#undef erfc_
#undef normal_cdf_
#undef normal_pdf_
#endif
