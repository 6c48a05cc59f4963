/* tables_formats.h: one table of a sheet, with rows, as the text of a file (tables.h says what the
 * files hold). The text is added to what is there. */
#ifndef BASE_TABLES_FORMATS_H
#define BASE_TABLES_FORMATS_H

#include "base/sheet_pen.h"
#include "base/text.h"

void tables_add_csv(Text *to, const SheetTable *t);
void tables_add_markdown(Text *to, const SheetTable *t);
void tables_add_tex(Text *to, const SheetTable *t);

#endif
