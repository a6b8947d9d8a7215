#include <mosaic.h>

/* Far away: an empty line stands between. */

struct far {
	int a;
};
nn_tensor far_forward(const struct far *self, nn_tensor x) { return nn_linear(x, self->a); }

/**
 * Doxygen's stars,
 *   on several lines.
 *
 * A second paragraph:
 * - one item
 * - another
 */
struct stars {
	int a, b;               /* both of them */
	int c;                  // a line comment
	                        // that goes on
	int d;
	/* above e */
	int e;
	/** above f */ int f;   ///< behind f
	int g; /* of g */ int h; /* of h */
	int i
		MOSAIC_DEFAULT(3);  /* behind the attribute */
	int j; };               /* about the struct, not about j */

/// Triple slashes
/// on two lines.
nn_tensor stars_forward(const struct stars *self, nn_tensor x)
{
	return nn_linear(x, self->a);   /* not a comment of anything */
}

// Plain line comment.
struct line { int a; /* inside */ };
/* Kept though it follows. */
nn_tensor line_forward(const struct line *self, nn_tensor x) { return nn_linear(x, self->a); }

/* Été: deux λ. */
struct utf8 {
	int a; /* größer */
};
nn_tensor utf8_forward(const struct utf8 *self, nn_tensor x) { return nn_linear(x, self->a); }

/* A long comment that does not fit on one line of a hundred columns, so that it is broken into several lines when it is shown by describe. */
struct wide {
	int a;                  /* A comment behind a field that is so long that it goes on below itself, in line with where it began. */
};
nn_tensor wide_forward(const struct wide *self, nn_tensor x) { return nn_linear(x, self->a); }
