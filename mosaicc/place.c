/* place.c: addresses of loaded user libraries as file:line:col, from the line tables that clang wrote. The one file that includes libdw.
** Tables are read before a child is forked, so that a lookup is a search in memory that all children share. */
#include "trace.h"

#include <elfutils/libdw.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct shown { const char *raw, *file; };              /* a file name of the table, and as the user wrote it */
struct book_entry {
	const char *library, *path;                          /* path: the source as the config names it */
	char *real;
	int fd;
	Dwarf *dwarf;
	VEC(struct shown) names;
};
struct place_book {
	struct arena *arena;
	char *here;                                          /* current directory, to shorten names of headers */
	VEC(struct book_entry) entries;
};

struct place_book *place_book_new(struct arena *a)
{
	struct place_book *book = arena_alloc(a, sizeof *book);
	book->arena = a;
	book->here = realpath(".", NULL);
	return book;
}

void place_book_close(struct place_book *book)
{
	for (int i = 0; i < book->entries.count; i++) {
		struct book_entry *e = &book->entries.at[i];
		dwarf_end(e->dwarf);
		close(e->fd);
		free(e->real);
	}
	free(book->here);
	book->entries.count = 0;
}

/* The config's own spelling for the source, a path from here for its headers; NULL for the shim. */
static const char *spelling(struct place_book *book, const struct book_entry *e, const char *raw)
{
	size_t here = book->here ? strlen(book->here) : 0;
	const char *end = strstr(raw, ".shim.c");
	if (end && !end[strlen(".shim.c")])
		return NULL;
	char *real = realpath(raw, NULL);
	const char *file = arena_strdup(book->arena, real ? real : raw);
	free(real);
	if (e->real && strcmp(file, e->real) == 0)
		return e->path;
	return here && strncmp(file, book->here, here) == 0 && file[here] == '/' ? file + here + 1 : file;
}

static const char *shown_name(struct place_book *book, struct book_entry *e, const char *raw)
{
	for (int i = 0; i < e->names.count; i++)
		if (e->names.at[i].raw == raw)
			return e->names.at[i].file;
	struct shown s = {raw, spelling(book, e, raw)};
	VEC_PUSH(book->arena, &e->names, s);
	return s.file;
}

/* Decodes all line tables and spells their file names now. */
static void read_tables(struct place_book *book, struct book_entry *e)
{
	Dwarf_Off at = 0, next;
	Dwarf_Aranges *aranges;
	size_t header, count;
	dwarf_getaranges(e->dwarf, &aranges, &count);
	while (dwarf_nextcu(e->dwarf, at, &next, &header, NULL, NULL, NULL) == 0) {
		Dwarf_Die cu;
		Dwarf_Lines *lines;
		Dwarf_Files *files;
		if (dwarf_offdie(e->dwarf, at + header, &cu) && dwarf_getsrclines(&cu, &lines, &count) == 0
			&& dwarf_getsrcfiles(&cu, &files, &count) == 0)
			for (size_t i = 0; i < count; i++)
				if (dwarf_filesrc(files, i, NULL, NULL))
					shown_name(book, e, dwarf_filesrc(files, i, NULL, NULL));
		at = next;
	}
}

int place_book_add(struct place_book *book, const struct source *s)
{
	for (int i = 0; i < book->entries.count; i++)
		if (strcmp(book->entries.at[i].library, s->library) == 0)
			return i;
	struct book_entry e = {.library = s->library, .path = s->path, .fd = open(s->library, O_RDONLY | O_CLOEXEC)};
	if (e.fd < 0)
		return -1;
	e.dwarf = dwarf_begin(e.fd, DWARF_C_READ);
	if (!e.dwarf) {
		close(e.fd);
		return -1;
	}
	e.real = realpath(s->path, NULL);
	read_tables(book, &e);
	VEC_PUSH(book->arena, &book->entries, e);
	return book->entries.count - 1;
}

struct place place_find(struct place_book *book, int index, uintptr_t offset)
{
	struct place none = {0};
	Dwarf_Die cu;
	int line = 0, col = 0;
	if (index < 0 || index >= book->entries.count)
		return none;
	struct book_entry *e = &book->entries.at[index];
	Dwarf_Line *at = dwarf_addrdie(e->dwarf, offset, &cu) ? dwarf_getsrc_die(&cu, offset) : NULL;
	const char *raw = at ? dwarf_linesrc(at, NULL, NULL) : NULL;
	if (!raw || dwarf_lineno(at, &line) != 0 || dwarf_linecol(at, &col) != 0 || line < 1)
		return none;
	const char *file = shown_name(book, e, raw);
	return file ? (struct place){file, line, col} : none;
}
