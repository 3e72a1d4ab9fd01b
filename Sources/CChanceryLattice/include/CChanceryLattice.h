// Signing primitives of the pinned swift-crypto's BoringSSL, on memory that the caller owns.
//
// swift-crypto's Swift interface has no ML-DSA-44 (C2SP cosignatures), no expanded private keys (PiQrypt key files)
// and no erasure of lattice keys. These functions give all three: a key is a buffer of the caller, who wipes it.
//
// `set` is 44, 65 or 87. Functions return 1 on success and 0 on failure. Sizes are those of FIPS 204, table 2.
// Key buffers need 8-byte alignment and chancery_mldsa_*_size(set) bytes.
#ifndef CHANCERY_LATTICE_H
#define CHANCERY_LATTICE_H

#include <stddef.h>
#include <stdint.h>

// Bytes of the in-memory private and public key; 0 for an unknown set.
size_t chancery_mldsa_private_key_size(int set);
size_t chancery_mldsa_public_key_size(int set);

// Fills `key` from a 32-byte seed (FIPS 204 §6.1).
int chancery_mldsa_private_key_from_seed(int set, void *key, const uint8_t *seed);

// Writes the public key encoding that belongs to `key`.
int chancery_mldsa_encode_public_key(int set, uint8_t *encoded, size_t encoded_length, const void *key);

// Parses a public key encoding of exactly the set's length.
int chancery_mldsa_parse_public_key(int set, void *key, const uint8_t *encoded, size_t encoded_length);

// Hedged signature (FIPS 204 §5.2). `signature` has room for the set's signature; context is at most 255 bytes.
int chancery_mldsa_sign(int set, uint8_t *signature, const void *key, const uint8_t *message, size_t message_length,
                        const uint8_t *context, size_t context_length);

// Signature with a chosen 32-byte randomizer, all zero for the deterministic variant. For known-answer tests.
int chancery_mldsa_sign_with_randomizer(int set, uint8_t *signature, const void *key, const uint8_t *message,
                                        size_t message_length, const uint8_t *context, size_t context_length,
                                        const uint8_t *randomizer);

// Whether `signature` is valid (FIPS 204 §5.3).
int chancery_mldsa_verify(int set, const void *key, const uint8_t *signature, size_t signature_length,
                          const uint8_t *message, size_t message_length, const uint8_t *context,
                          size_t context_length);

// The 4032-byte ML-DSA-65 private key encoding (FIPS 204 §7.2), both ways.
int chancery_mldsa65_encode_private_key(uint8_t *encoded, const void *key);
int chancery_mldsa65_parse_private_key(void *key, const uint8_t *encoded);

// The expanded private key encoding of any set (2560, 4032 or 4896 bytes) from a seed. For known-answer tests.
int chancery_mldsa_expand_seed(int set, uint8_t *encoded, size_t encoded_length, const uint8_t seed[32]);

// ML-KEM (FIPS 203) with everything given, for known-answer tests: `set` is 768 or 1024.
// Encapsulation with chosen randomness, to an encoded public key; `ciphertext` has room for the set's ciphertext.
int chancery_mlkem_encapsulate(int set, uint8_t *ciphertext, uint8_t shared_secret[32], const uint8_t *public_key,
                               size_t public_key_length, const uint8_t entropy[32]);
// The expanded private key encoding (2400 or 3168 bytes) from a seed d ‖ z.
int chancery_mlkem_expand_seed(int set, uint8_t *encoded, size_t encoded_length, const uint8_t seed[64]);
// Decapsulation with an expanded private key encoding.
int chancery_mlkem_decapsulate_expanded(int set, uint8_t shared_secret[32], const uint8_t *encoded,
                                        size_t encoded_length, const uint8_t *ciphertext, size_t ciphertext_length);

// Ed25519 (RFC 8032 §5.1): the 64-byte private key is seed ‖ public key.
void chancery_ed25519_keypair(uint8_t public_key[32], uint8_t private_key[64], const uint8_t seed[32]);
int chancery_ed25519_sign(uint8_t signature[64], const uint8_t *message, size_t message_length,
                          const uint8_t private_key[64]);
int chancery_ed25519_verify(const uint8_t *message, size_t message_length, const uint8_t signature[64],
                            const uint8_t public_key[32]);

// SHA-256 of `prefix` followed by `data`: the hash of trees (RFC 6962 §2.1) without an allocation.
void chancery_sha256_prefixed(uint8_t digest[32], uint8_t prefix, const uint8_t *data, size_t length);

// SHA-256 of `first` followed by `second`.
void chancery_sha256_joined(uint8_t digest[32], const uint8_t *first, size_t first_length, const uint8_t *second,
                            size_t second_length);

// The key stream of AES-256-CTR (NIST SP 800-38A §6.5), counter blocks ascending from `first_block` as one big-endian
// number. `cipher` is a buffer of chancery_stream_size() bytes with 16-byte alignment: the expanded key, which the caller
// wipes. Once made it is only read.
size_t chancery_stream_size(void);
int chancery_stream_init(void *cipher, const uint8_t key[32]);
void chancery_stream_fill(const void *cipher, uint8_t *bytes, size_t length, const uint8_t first_block[16]);

// AES-256-GCM (NIST SP 800-38D) over many chunks under one key, into buffers of the caller. `cipher` is a buffer of
// chancery_gcm_size() bytes with 16-byte alignment, which holds the expanded key: the caller wipes it. Once made it is
// only read, so several threads may use it. The nonce of chunk `index` is base_nonce XOR the index as a big-endian number.
size_t chancery_gcm_size(void);
int chancery_gcm_init(void *cipher, const uint8_t key[32]);
// Writes length + 16 bytes.
int chancery_gcm_seal(const void *cipher, uint8_t *sealed, const uint8_t base_nonce[12], uint64_t index,
                      const uint8_t *plaintext, size_t length);
// Writes length - 16 bytes; zeros when the tag does not fit.
int chancery_gcm_open(const void *cipher, uint8_t *plaintext, const uint8_t base_nonce[12], uint64_t index,
                      const uint8_t *sealed, size_t length);

// Erases memory in a way that the compiler keeps.
void chancery_erase(void *memory, size_t length);

// Compares in time that depends on the length alone; 1 when equal.
int chancery_equal(const uint8_t *left, const uint8_t *right, size_t length);

#endif
