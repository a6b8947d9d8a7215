/* real_wide.h: gives the functions of real_math.h their names on wides (exp_ is exp_w), and takes the names back when
** REAL_WIDE_UNDEF is defined. A function missing here is a redefinition error in the second inclusion. */
#ifndef REAL_WIDE_UNDEF
#define real wide
#define bits wide_bits
#define mask wide_mask
#define splat_ splat_w
#define as_bits_ as_bits_w
#define as_real_ as_real_w
#define lt_ lt_w
#define le_ le_w
#define gt_ gt_w
#define ge_ ge_w
#define eq_ eq_w
#define ne_ ne_w
#define not_ not_w
#define sel_ sel_w
#define and_ and_w
#define or_ or_w
#define bool_ bool_w
#define fma_ fma_w
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
#define exp_scale_ exp_scale_w
#define exp_poly_ exp_poly_w
#define exp_ exp_w
#define expm1_negative_ expm1_negative_w
#define sigmoid_ sigmoid_w
#define tanh_ tanh_w
#define log_split_ log_split_w
#define log_join_ log_join_w
#define log_ log_w
#else
#undef real
#undef bits
#undef mask
#undef splat_
#undef as_bits_
#undef as_real_
#undef lt_
#undef le_
#undef gt_
#undef ge_
#undef eq_
#undef ne_
#undef not_
#undef sel_
#undef and_
#undef or_
#undef bool_
#undef fma_
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
#undef exp_scale_
#undef exp_poly_
#undef exp_
#undef expm1_negative_
#undef sigmoid_
#undef tanh_
#undef log_split_
#undef log_join_
#undef log_
#endif
