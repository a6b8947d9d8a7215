#include <mosaic.h>
struct mlp {
	int width;
};
nn_tensor mlp_forward(const struct mlp *self, nn_tensor x)
{
	x = unknown_0(x);
	x = unknown_1(x);
	x = unknown_2(x);
	x = unknown_3(x);
	x = unknown_4(x);
	x = unknown_5(x);
	x = unknown_6(x);
	x = unknown_7(x);
	x = unknown_8(x);
	x = unknown_9(x);
	x = unknown_10(x);
	x = unknown_11(x);
	x = unknown_12(x);
	x = unknown_13(x);
	x = unknown_14(x);
	x = unknown_15(x);
	x = unknown_16(x);
	x = unknown_17(x);
	x = unknown_18(x);
	x = unknown_19(x);
	x = unknown_20(x);
	x = unknown_21(x);
	x = unknown_22(x);
	x = unknown_23(x);
	x = unknown_24(x);
	x = unknown_25(x);
	x = unknown_26(x);
	x = unknown_27(x);
	x = unknown_28(x);
	x = unknown_29(x);
	return x;
}
