/* suggest.c: the distance between two words, and what a misspelt one was meant to be. */
#include "base/suggest.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 63 };

static int least(int a, int b) {
    return a < b ? a : b;
}

/* Damerau-Levenshtein, optimal string alignment: a swap of neighbours is one edit. Words beyond 63
 * letters are not looked at: their distance is the longer length. */
int suggest_distance(const char *a, const char *b) {
    const int n = (int)strnlen(a, 1 << 20), m = (int)strnlen(b, 1 << 20);
    if (n > LONGEST || m > LONGEST) return n > m ? n : m;
    int d[LONGEST + 1][LONGEST + 1];
    for (int i = 0; i <= n; i++) d[i][0] = i;
    for (int j = 0; j <= m; j++) d[0][j] = j;
    for (int i = 1; i <= n; i++)
        for (int j = 1; j <= m; j++) {
            const int swap = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = least(swap, 1 + least(d[i - 1][j], d[i][j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[n][m];
}

const char *suggest_nearest(const char *word, const char *const words[], size_t n) {
    const char *nearest = NULL;
    int best =
        ((int)strnlen(word, LONGEST) + 2) / 3 + 1; // up to a third of the letters may be wrong
    for (size_t i = 0; i < n; i++) {
        const int distance = suggest_distance(word, words[i]);
        if (distance >= best) continue;
        best = distance;
        nearest = words[i];
    }
    return nearest;
}

const char *did_you_mean(const char *near, char out[SUGGESTION]) {
    *out = 0;
    if (near) snprintf(out, SUGGESTION, ", did you mean '%.64s'?", near);
    return out;
}
