/* A header with a mistake that two levels of #include lead to. */
#include "broken_inner.h"
