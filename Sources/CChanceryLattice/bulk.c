#include "CChanceryLattice.h"

#include <CCryptoBoringSSL.h>
#include <string.h>

enum { key_bytes = 32, nonce_bytes = 12, tag_bytes = 16 };

size_t chancery_gcm_size(void) { return sizeof(EVP_AEAD_CTX); }

int chancery_gcm_init(void *cipher, const uint8_t key[32]) {
  return EVP_AEAD_CTX_init(cipher, EVP_aead_aes_256_gcm(), key, key_bytes, tag_bytes, NULL);
}

// The base nonce with the chunk's number, most significant byte first, added without carry to its end.
static void nonce_of(uint8_t nonce[12], const uint8_t base[12], uint64_t index) {
  memcpy(nonce, base, nonce_bytes);
  for (int place = nonce_bytes - 1; index != 0; place--, index >>= 8) nonce[place] ^= (uint8_t)index;
}

int chancery_gcm_seal(const void *cipher, uint8_t *sealed, const uint8_t base_nonce[12], uint64_t index,
                      const uint8_t *plaintext, size_t length) {
  uint8_t nonce[12];
  size_t written = 0;
  nonce_of(nonce, base_nonce, index);
  return EVP_AEAD_CTX_seal(cipher, sealed, &written, length + tag_bytes, nonce, nonce_bytes, plaintext, length, NULL, 0) &&
         written == length + tag_bytes;
}

int chancery_gcm_open(const void *cipher, uint8_t *plaintext, const uint8_t base_nonce[12], uint64_t index,
                      const uint8_t *sealed, size_t length) {
  uint8_t nonce[12];
  size_t written = 0;
  if (length < tag_bytes) return 0;
  nonce_of(nonce, base_nonce, index);
  return EVP_AEAD_CTX_open(cipher, plaintext, &written, length - tag_bytes, nonce, nonce_bytes, sealed, length, NULL, 0) &&
         written == length - tag_bytes;
}

size_t chancery_stream_size(void) { return sizeof(AES_KEY); }

int chancery_stream_init(void *cipher, const uint8_t key[32]) { return AES_set_encrypt_key(key, 256, cipher) == 0; }

void chancery_stream_fill(const void *cipher, uint8_t *bytes, size_t length, const uint8_t first_block[16]) {
  uint8_t counter[AES_BLOCK_SIZE];
  uint8_t rest[AES_BLOCK_SIZE] = {0};
  unsigned int used = 0;
  memcpy(counter, first_block, sizeof(counter));
  memset(bytes, 0, length);
  AES_ctr128_encrypt(bytes, bytes, length, cipher, counter, rest, &used);
  OPENSSL_cleanse(rest, sizeof(rest));
}

void chancery_sha256_joined(uint8_t digest[32], const uint8_t *first, size_t first_length, const uint8_t *second,
                            size_t second_length) {
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, first, first_length);
  SHA256_Update(&state, second, second_length);
  SHA256_Final(digest, &state);
  OPENSSL_cleanse(&state, sizeof(state));
}
