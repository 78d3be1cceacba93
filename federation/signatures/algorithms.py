"""The signature algorithms by their registered names (RFC 9421 section 6.2)."""

from enum import StrEnum


class Algorithm(StrEnum):
    """How bytes are signed. What is accepted from the network is the policy's choice among these."""

    RSA_V1_5_SHA256 = "rsa-v1_5-sha256"
    RSA_PSS_SHA512 = "rsa-pss-sha512"
    ECDSA_P256_SHA256 = "ecdsa-p256-sha256"
    ED25519 = "ed25519"
