/* tables_formats.h: adds one table of a sheet, which must have rows, to a text in the format of a
 * file (tables.h describes the formats). */
#ifndef BASE_TABLES_FORMATS_H
#define BASE_TABLES_FORMATS_H

#include "base/sheet_pen.h"
#include "base/text.h"

void tables_add_csv(Text *to, const SheetTable *t);
void tables_add_markdown(Text *to, const SheetTable *t);
void tables_add_tex(Text *to, const SheetTable *t);

#endif
