#include "CChanceryLattice.h"

#include <CCryptoBoringSSL.h>

// BoringSSL's internal interface: the symbols are in the pinned library, their header is not installed.
typedef enum { status_approved, status_not_approved, status_failure } bcm_status;

#define DECLARE(set)                                                                                               \
  extern bcm_status CCryptoBoringSSL_BCM_mldsa##set##_sign_internal(                                               \
      uint8_t *, const struct MLDSA##set##_private_key *, const uint8_t *, size_t, const uint8_t *, size_t,        \
      const uint8_t *, size_t, const uint8_t *);                                                                   \
  extern bcm_status CCryptoBoringSSL_BCM_mldsa##set##_marshal_private_key(CBB *,                                   \
                                                                          const struct MLDSA##set##_private_key *);
DECLARE(44)
DECLARE(65)
DECLARE(87)
extern bcm_status CCryptoBoringSSL_BCM_mldsa65_parse_private_key(struct MLDSA65_private_key *, CBS *);

// Expands `body(set)` for the parameter set that the caller named.
#define FOR_SET(set, body)    \
  switch (set) {              \
    case 44: body(44)         \
    case 65: body(65)         \
    case 87: body(87)         \
    default: return 0;        \
  }

#define PRIVATE_SIZE(set) return sizeof(struct MLDSA##set##_private_key);
size_t chancery_mldsa_private_key_size(int set) { FOR_SET(set, PRIVATE_SIZE) }

#define PUBLIC_SIZE(set) return sizeof(struct MLDSA##set##_public_key);
size_t chancery_mldsa_public_key_size(int set) { FOR_SET(set, PUBLIC_SIZE) }

#define FROM_SEED(set) return MLDSA##set##_private_key_from_seed(key, seed, MLDSA_SEED_BYTES);
int chancery_mldsa_private_key_from_seed(int set, void *key, const uint8_t *seed) { FOR_SET(set, FROM_SEED) }

#define ENCODE_PUBLIC(set)                                                                                    \
  {                                                                                                           \
    struct MLDSA##set##_public_key public_key;                                                                \
    CBB out;                                                                                                  \
    size_t length = 0;                                                                                        \
    return encoded_length == MLDSA##set##_PUBLIC_KEY_BYTES && MLDSA##set##_public_from_private(&public_key, key) && \
           CBB_init_fixed(&out, encoded, encoded_length) && MLDSA##set##_marshal_public_key(&out, &public_key) && \
           CBB_finish(&out, NULL, &length) && length == encoded_length;                                       \
  }
int chancery_mldsa_encode_public_key(int set, uint8_t *encoded, size_t encoded_length, const void *key) {
  FOR_SET(set, ENCODE_PUBLIC)
}

#define PARSE_PUBLIC(set)                                                                                     \
  return encoded_length == MLDSA##set##_PUBLIC_KEY_BYTES && MLDSA##set##_parse_public_key(key, &in) && CBS_len(&in) == 0;
int chancery_mldsa_parse_public_key(int set, void *key, const uint8_t *encoded, size_t encoded_length) {
  CBS in;
  CBS_init(&in, encoded, encoded_length);
  FOR_SET(set, PARSE_PUBLIC)
}

#define SIGN(set) return MLDSA##set##_sign(signature, key, message, message_length, context, context_length);
int chancery_mldsa_sign(int set, uint8_t *signature, const void *key, const uint8_t *message, size_t message_length,
                        const uint8_t *context, size_t context_length) {
  FOR_SET(set, SIGN)
}

#define SIGN_WITH_RANDOMIZER(set)                                                                       \
  {                                                                                                     \
    bcm_status status = CCryptoBoringSSL_BCM_mldsa##set##_sign_internal(                                \
        signature, key, message, message_length, prefix, sizeof(prefix), context, context_length, randomizer); \
    return status == status_approved || status == status_not_approved;                                  \
  }
int chancery_mldsa_sign_with_randomizer(int set, uint8_t *signature, const void *key, const uint8_t *message,
                                        size_t message_length, const uint8_t *context, size_t context_length,
                                        const uint8_t *randomizer) {
  if (context_length > 255) return 0;
  const uint8_t prefix[2] = {0, (uint8_t)context_length};
  FOR_SET(set, SIGN_WITH_RANDOMIZER)
}

#define VERIFY(set)                                                                                          \
  return MLDSA##set##_verify(key, signature, signature_length, message, message_length, context, context_length);
int chancery_mldsa_verify(int set, const void *key, const uint8_t *signature, size_t signature_length,
                          const uint8_t *message, size_t message_length, const uint8_t *context,
                          size_t context_length) {
  FOR_SET(set, VERIFY)
}

int chancery_mldsa65_encode_private_key(uint8_t *encoded, const void *key) {
  CBB out;
  size_t length = 0;
  return CBB_init_fixed(&out, encoded, 4032) &&
         CCryptoBoringSSL_BCM_mldsa65_marshal_private_key(&out, key) != status_failure &&
         CBB_finish(&out, NULL, &length) && length == 4032;
}

int chancery_mldsa65_parse_private_key(void *key, const uint8_t *encoded) {
  CBS in;
  CBS_init(&in, encoded, 4032);
  return CCryptoBoringSSL_BCM_mldsa65_parse_private_key(key, &in) != status_failure && CBS_len(&in) == 0;
}

#define EXPAND_SEED(set)                                                                                \
  {                                                                                                     \
    struct MLDSA##set##_private_key key;                                                                \
    CBB out;                                                                                            \
    size_t length = 0;                                                                                  \
    return MLDSA##set##_private_key_from_seed(&key, seed, MLDSA_SEED_BYTES) &&                          \
           CBB_init_fixed(&out, encoded, encoded_length) &&                                             \
           CCryptoBoringSSL_BCM_mldsa##set##_marshal_private_key(&out, &key) != status_failure &&       \
           CBB_finish(&out, NULL, &length) && length == encoded_length;                                 \
  }
int chancery_mldsa_expand_seed(int set, uint8_t *encoded, size_t encoded_length, const uint8_t *seed) {
  FOR_SET(set, EXPAND_SEED)
}

void chancery_ed25519_keypair(uint8_t public_key[32], uint8_t private_key[64], const uint8_t seed[32]) {
  ED25519_keypair_from_seed(public_key, private_key, seed);
}

int chancery_ed25519_sign(uint8_t signature[64], const uint8_t *message, size_t message_length,
                          const uint8_t private_key[64]) {
  return ED25519_sign(signature, message, message_length, private_key);
}

int chancery_ed25519_verify(const uint8_t *message, size_t message_length, const uint8_t signature[64],
                            const uint8_t public_key[32]) {
  return ED25519_verify(message, message_length, signature, public_key);
}

void chancery_sha256_prefixed(uint8_t digest[32], uint8_t prefix, const uint8_t *data, size_t length) {
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, &prefix, 1);
  SHA256_Update(&state, data, length);
  SHA256_Final(digest, &state);
}

void chancery_erase(void *memory, size_t length) { OPENSSL_cleanse(memory, length); }

int chancery_equal(const uint8_t *left, const uint8_t *right, size_t length) {
  return CRYPTO_memcmp(left, right, length) == 0;
}
