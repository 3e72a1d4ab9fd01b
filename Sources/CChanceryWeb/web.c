// Written by scripts/embed-web from the files of Web/.
#include "CChanceryWeb.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t file0[] = {
#embed "../../Web/index.html" if_empty(0x0a)
};

static const uint8_t file1[] = {
#embed "../../Web/page.css" if_empty(0x0a)
};

static const uint8_t file2[] = {
#embed "../../Web/page.js" if_empty(0x0a)
};

static const uint8_t file3[] = {
#embed "../../Web/seal.svg" if_empty(0x0a)
};

static const struct {
    const char *name;
    const uint8_t *bytes;
    size_t length;
} files[] = {
    {"index.html", file0, sizeof file0},
    {"page.css", file1, sizeof file1},
    {"page.js", file2, sizeof file2},
    {"seal.svg", file3, sizeof file3},
};

size_t chancery_web_count(void) { return sizeof files / sizeof files[0]; }

const char *chancery_web_name(size_t index) { return index < chancery_web_count() ? files[index].name : NULL; }

const uint8_t *chancery_web_bytes(size_t index) { return index < chancery_web_count() ? files[index].bytes : NULL; }

size_t chancery_web_length(size_t index) { return index < chancery_web_count() ? files[index].length : 0; }
