#include "CChanceryLattice.h"

#include <CCryptoBoringSSL.h>

// BoringSSL's internal interface: the symbols are in the pinned library, their header is not installed.
typedef enum { status_approved, status_not_approved, status_failure } bcm_status;
typedef enum { infallible_approved, infallible_not_approved } bcm_infallible;

#define DECLARE(set)                                                                                            \
  extern bcm_infallible CCryptoBoringSSL_BCM_mlkem##set##_encap_external_entropy(                               \
      uint8_t *, uint8_t *, const struct MLKEM##set##_public_key *, const uint8_t *);                           \
  extern bcm_status CCryptoBoringSSL_BCM_mlkem##set##_marshal_private_key(CBB *, const struct MLKEM##set##_private_key *); \
  extern bcm_status CCryptoBoringSSL_BCM_mlkem##set##_parse_private_key(struct MLKEM##set##_private_key *, CBS *);
DECLARE(768)
DECLARE(1024)

#define FOR_SET(set, body)    \
  switch (set) {              \
    case 768: body(768)       \
    case 1024: body(1024)     \
    default: return 0;        \
  }

#define ENCAPSULATE(set)                                                                                       \
  {                                                                                                            \
    struct MLKEM##set##_public_key key;                                                                        \
    if (!MLKEM##set##_parse_public_key(&key, &in) || CBS_len(&in) != 0) return 0;                              \
    CCryptoBoringSSL_BCM_mlkem##set##_encap_external_entropy(ciphertext, shared_secret, &key, entropy);        \
    return 1;                                                                                                  \
  }
int chancery_mlkem_encapsulate(int set, uint8_t *ciphertext, uint8_t shared_secret[32], const uint8_t *public_key,
                               size_t public_key_length, const uint8_t entropy[32]) {
  CBS in;
  CBS_init(&in, public_key, public_key_length);
  FOR_SET(set, ENCAPSULATE)
}

#define EXPAND(set)                                                                                            \
  {                                                                                                            \
    struct MLKEM##set##_private_key key;                                                                       \
    CBB out;                                                                                                   \
    size_t length = 0;                                                                                         \
    return MLKEM##set##_private_key_from_seed(&key, seed, 64) && CBB_init_fixed(&out, encoded, encoded_length) && \
           CCryptoBoringSSL_BCM_mlkem##set##_marshal_private_key(&out, &key) != status_failure &&              \
           CBB_finish(&out, NULL, &length) && length == encoded_length;                                        \
  }
int chancery_mlkem_expand_seed(int set, uint8_t *encoded, size_t encoded_length, const uint8_t seed[64]) {
  FOR_SET(set, EXPAND)
}

#define DECAPSULATE(set)                                                                                       \
  {                                                                                                            \
    struct MLKEM##set##_private_key key;                                                                       \
    return CCryptoBoringSSL_BCM_mlkem##set##_parse_private_key(&key, &in) != status_failure && CBS_len(&in) == 0 && \
           MLKEM##set##_decap(shared_secret, ciphertext, ciphertext_length, &key);                             \
  }
int chancery_mlkem_decapsulate_expanded(int set, uint8_t shared_secret[32], const uint8_t *encoded,
                                        size_t encoded_length, const uint8_t *ciphertext, size_t ciphertext_length) {
  CBS in;
  CBS_init(&in, encoded, encoded_length);
  FOR_SET(set, DECAPSULATE)
}
