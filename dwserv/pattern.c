/*
 * Patterns for names: a `*' stands for any run of characters, also for
 * none, and a `?' for one.  The parent and the workers both know them; the
 * configuration has them (dwserv.conf(5)).
 */

#include "dwserv.h"

static char
pattern_fold(char octet, int folds)
{
	return (folds && octet >= 'A' && octet <= 'Z' ?
	    (char)(octet - 'A' + 'a') : octet);
}

/*
 * Whether all of a text of that length is as the pattern says; with folds,
 * upper and lower case are the same.  Takes at most the product of both
 * lengths in steps: only the last star is ever tried again.
 */
int
pattern_match(const char *pattern, size_t pattern_length, const char *text,
    size_t length, int folds)
{
	size_t	p = 0, t = 0, star = SIZE_MAX, resume = 0;

	while (t < length) {
		if (p < pattern_length && pattern[p] == '*') {
			star = p++;
			resume = t;
		} else if (p < pattern_length && (pattern[p] == '?' ||
		    pattern_fold(pattern[p], folds) ==
		    pattern_fold(text[t], folds))) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++resume;
		} else
			return (0);
	}
	while (p < pattern_length && pattern[p] == '*')
		p++;
	return (p == pattern_length);
}

/* The same for a list of patterns, separated by commas; NULL has none. */
int
pattern_list_match(const char *list, const char *text, size_t length,
    int folds)
{
	size_t	n;

	for (; list != NULL && *list != '\0'; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (pattern_match(list, n, text, length, folds))
			return (1);
	}
	return (0);
}
