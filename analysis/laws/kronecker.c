/* kronecker.c: a Kronecker sequence. Its steps are powers of 1/phi_3, where phi_3 = 1.2207... is
 * the root of x^4 = x + 1: Roberts' generalised golden ratio for three dimensions. Laws that need
 * more dimensions go on with roots of 2, 3 and 5. */
#include "analysis/laws/kronecker.h"

#include <math.h>

#include "base/err.h"

double kronecker_unit(int i, int dimension) {
    static const double STEP[] = {0.8191725133961645, 0.6710436067037893, 0.5497004779019703,
                                  0.4142135623730950, 0.7320508075688773, 0.2360679774997898};
    MUST(i >= 0 && dimension >= 0 && dimension < (int)COUNT_OF(STEP));
    return fmod(0.5 + i * STEP[dimension], 1.0);
}
