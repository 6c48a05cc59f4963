/* numbers.h: numbers as people write them and read them: shortest decimals, counts with k and M,
 * durations, bytes. */
#ifndef BASE_NUMBERS_H
#define BASE_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

/* Write the shortest decimal that reads back as the same double ("0.1", "3e-04" is "0.0003");
 * buffer of >= 32 bytes, returned. */
char *real_to_text(char *buffer, double x);

/* Write a count for people: 950, 14.3k, 2.50M, 1.2G (three significant digits); returns buffer (>=
 * 16 bytes). */
char *count_to_text(char *buffer, double x);
/* Write a duration: 0.4 s, 12 s, 3 min 05 s, 2 h 10 min; returns buffer (>= 32 bytes). */
char *seconds_to_text(char *buffer, double seconds);
/* Write a size: 812 B, 3.4 MB; returns buffer (>= 32 bytes). */
char *bytes_to_text(char *buffer, double bytes);

/* Read a count written 250000, 2.5e5, "250k", 1.5M, 2G; true when the whole text is one
 * non-negative whole number. */
bool count_from_text(const char *text, uint64_t *out);
/* Read a duration: 90, 90s, 30m, 2h; true when the whole text is one. */
bool seconds_from_text(const char *text, double *out);
/* Read a real number; true when the whole text (blanks around it allowed) is one. nan and inf are
 * read as such. */
bool real_from_text(const char *text, double *out);

#endif
