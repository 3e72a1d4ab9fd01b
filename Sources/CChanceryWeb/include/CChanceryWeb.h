#ifndef CHANCERY_WEB_H
#define CHANCERY_WEB_H

#include <stddef.h>
#include <stdint.h>

/// The files of Web/, compiled in. An index at or beyond the count gives NULL or 0.
size_t chancery_web_count(void);
const char *chancery_web_name(size_t index);
const uint8_t *chancery_web_bytes(size_t index);
size_t chancery_web_length(size_t index);

#endif
