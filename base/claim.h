/* claim.h: whose file is it? What stands where something is to be written is replaced only if
 * tinyscale wrote it; anybody else's is refused, before any work is done.
 *
 *     TRY(claim_file(out, &PAGE_MARK, err));                // a page of ours stands there, or nothing
 *     ... the work ...
 *     TRY(file_write(out, ...));
 */
#ifndef BASE_CLAIM_H
#define BASE_CLAIM_H

#include <stddef.h>

#include "base/err.h"

/* How a kind of file that tinyscale writes is known again. */
typedef struct {
    const char *text;  // what every such file holds
    size_t within;     // last byte at which the text may begin
    const char *what;  // what messages call such a file: "a token file"
    const char *other; // what messages ask for in its place: "another --out"
} FileMark;

/* Check that path may be written: OK where nothing stands there, an empty file, a file with the
 * mark, or what is no file at all (/dev/null, /dev/stdout). Somebody else's file is E_USAGE; a
 * directory, FIFO or socket E_IO. */
Status claim_file(const char *path, const FileMark *mark, Err *err);

/* Claim the names of files that cannot hold a mark, such as tables and pictures: their directory
 * keeps a list of what tinyscale wrote there, CLAIM_LIST. Makes the directory and adds the names to
 * the list; call it with all names before the first file is written. Where one of the files stands
 * there and is not listed: E_USAGE, and nothing is touched. */
#define CLAIM_LIST "written-by-tinyscale.txt"
Status claim_files(const char *dir, const char *const *names, size_t n, Err *err);

#endif
