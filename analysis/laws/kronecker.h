/* kronecker.h: low-discrepancy numbers, from which laws make starts that are evenly spread. */
#ifndef ANALYSIS_LAWS_KRONECKER_H
#define ANALYSIS_LAWS_KRONECKER_H

/* Return number i >= 0 of the sequence of one of six dimensions, in [0, 1). */
double kronecker_unit(int i, int dimension);

#endif
