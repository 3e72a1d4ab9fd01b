// Written by scripts/embed-web from the files of Web/.
#include "CChanceryWeb.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t file0[] = {
#embed "../../Web/agent.js" if_empty(0x0a)
};

static const uint8_t file1[] = {
#embed "../../Web/agents.js" if_empty(0x0a)
};

static const uint8_t file2[] = {
#embed "../../Web/api.js" if_empty(0x0a)
};

static const uint8_t file3[] = {
#embed "../../Web/app.js" if_empty(0x0a)
};

static const uint8_t file4[] = {
#embed "../../Web/approvals.js" if_empty(0x0a)
};

static const uint8_t file5[] = {
#embed "../../Web/base.css" if_empty(0x0a)
};

static const uint8_t file6[] = {
#embed "../../Web/bytes.js" if_empty(0x0a)
};

static const uint8_t file7[] = {
#embed "../../Web/chart.js" if_empty(0x0a)
};

static const uint8_t file8[] = {
#embed "../../Web/compute.js" if_empty(0x0a)
};

static const uint8_t file9[] = {
#embed "../../Web/decisions.js" if_empty(0x0a)
};

static const uint8_t file10[] = {
#embed "../../Web/diff.js" if_empty(0x0a)
};

static const uint8_t file11[] = {
#embed "../../Web/dom.js" if_empty(0x0a)
};

static const uint8_t file12[] = {
#embed "../../Web/fingerprint.js" if_empty(0x0a)
};

static const uint8_t file13[] = {
#embed "../../Web/format.js" if_empty(0x0a)
};

static const uint8_t file14[] = {
#embed "../../Web/frame.js" if_empty(0x0a)
};

static const uint8_t file15[] = {
#embed "../../Web/governance.js" if_empty(0x0a)
};

static const uint8_t file16[] = {
#embed "../../Web/icons.js" if_empty(0x0a)
};

static const uint8_t file17[] = {
#embed "../../Web/index.html" if_empty(0x0a)
};

static const uint8_t file18[] = {
#embed "../../Web/keccak.js" if_empty(0x0a)
};

static const uint8_t file19[] = {
#embed "../../Web/keys.js" if_empty(0x0a)
};

static const uint8_t file20[] = {
#embed "../../Web/layout.css" if_empty(0x0a)
};

static const uint8_t file21[] = {
#embed "../../Web/live.js" if_empty(0x0a)
};

static const uint8_t file22[] = {
#embed "../../Web/log.js" if_empty(0x0a)
};

static const uint8_t file23[] = {
#embed "../../Web/merkle.js" if_empty(0x0a)
};

static const uint8_t file24[] = {
#embed "../../Web/mldsa.js" if_empty(0x0a)
};

static const uint8_t file25[] = {
#embed "../../Web/names.js" if_empty(0x0a)
};

static const uint8_t file26[] = {
#embed "../../Web/note.js" if_empty(0x0a)
};

static const uint8_t file27[] = {
#embed "../../Web/overview.js" if_empty(0x0a)
};

static const uint8_t file28[] = {
#embed "../../Web/pages.css" if_empty(0x0a)
};

static const uint8_t file29[] = {
#embed "../../Web/parts.css" if_empty(0x0a)
};

static const uint8_t file30[] = {
#embed "../../Web/policy.js" if_empty(0x0a)
};

static const uint8_t file31[] = {
#embed "../../Web/proposal.js" if_empty(0x0a)
};

static const uint8_t file32[] = {
#embed "../../Web/quorum.js" if_empty(0x0a)
};

static const uint8_t file33[] = {
#embed "../../Web/record.js" if_empty(0x0a)
};

static const uint8_t file34[] = {
#embed "../../Web/risk.js" if_empty(0x0a)
};

static const uint8_t file35[] = {
#embed "../../Web/router.js" if_empty(0x0a)
};

static const uint8_t file36[] = {
#embed "../../Web/seal.svg" if_empty(0x0a)
};

static const uint8_t file37[] = {
#embed "../../Web/session.js" if_empty(0x0a)
};

static const uint8_t file38[] = {
#embed "../../Web/timeline.js" if_empty(0x0a)
};

static const uint8_t file39[] = {
#embed "../../Web/trust.js" if_empty(0x0a)
};

static const uint8_t file40[] = {
#embed "../../Web/vault.js" if_empty(0x0a)
};

static const uint8_t file41[] = {
#embed "../../Web/view.js" if_empty(0x0a)
};

static const uint8_t file42[] = {
#embed "../../Web/words.js" if_empty(0x0a)
};

static const struct {
    const char *name;
    const uint8_t *bytes;
    size_t length;
} files[] = {
    {"agent.js", file0, sizeof file0},
    {"agents.js", file1, sizeof file1},
    {"api.js", file2, sizeof file2},
    {"app.js", file3, sizeof file3},
    {"approvals.js", file4, sizeof file4},
    {"base.css", file5, sizeof file5},
    {"bytes.js", file6, sizeof file6},
    {"chart.js", file7, sizeof file7},
    {"compute.js", file8, sizeof file8},
    {"decisions.js", file9, sizeof file9},
    {"diff.js", file10, sizeof file10},
    {"dom.js", file11, sizeof file11},
    {"fingerprint.js", file12, sizeof file12},
    {"format.js", file13, sizeof file13},
    {"frame.js", file14, sizeof file14},
    {"governance.js", file15, sizeof file15},
    {"icons.js", file16, sizeof file16},
    {"index.html", file17, sizeof file17},
    {"keccak.js", file18, sizeof file18},
    {"keys.js", file19, sizeof file19},
    {"layout.css", file20, sizeof file20},
    {"live.js", file21, sizeof file21},
    {"log.js", file22, sizeof file22},
    {"merkle.js", file23, sizeof file23},
    {"mldsa.js", file24, sizeof file24},
    {"names.js", file25, sizeof file25},
    {"note.js", file26, sizeof file26},
    {"overview.js", file27, sizeof file27},
    {"pages.css", file28, sizeof file28},
    {"parts.css", file29, sizeof file29},
    {"policy.js", file30, sizeof file30},
    {"proposal.js", file31, sizeof file31},
    {"quorum.js", file32, sizeof file32},
    {"record.js", file33, sizeof file33},
    {"risk.js", file34, sizeof file34},
    {"router.js", file35, sizeof file35},
    {"seal.svg", file36, sizeof file36},
    {"session.js", file37, sizeof file37},
    {"timeline.js", file38, sizeof file38},
    {"trust.js", file39, sizeof file39},
    {"vault.js", file40, sizeof file40},
    {"view.js", file41, sizeof file41},
    {"words.js", file42, sizeof file42},
};

size_t chancery_web_count(void) { return sizeof files / sizeof files[0]; }

const char *chancery_web_name(size_t index) { return index < chancery_web_count() ? files[index].name : NULL; }

const uint8_t *chancery_web_bytes(size_t index) { return index < chancery_web_count() ? files[index].bytes : NULL; }

size_t chancery_web_length(size_t index) { return index < chancery_web_count() ? files[index].length : 0; }
