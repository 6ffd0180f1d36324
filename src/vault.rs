//! The vault: seals secrets and personal data before they reach the database, and derives the secrets that are handed out.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use kit::Ambient;
use schemas::StoreId;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

const FORMAT: u8 = 1;
const KEY_ID: usize = 8;
const NONCE: usize = 24;

/// Where a sealed value stands: it opens nowhere else, so that a copied ciphertext is of no use.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Whose it is.
    pub store: StoreId,
    /// The table.
    pub table: &'static str,
    /// The row.
    pub row: Uuid,
    /// The field.
    pub field: &'static str,
}

impl Place {
    fn associated_data(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(64);
        data.extend_from_slice(self.store.uuid().as_bytes());
        data.extend_from_slice(self.row.as_bytes());
        for name in [self.table, self.field] {
            data.extend_from_slice(name.as_bytes());
            data.push(0);
        }
        data
    }
}

/// What a key cannot open, or what is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// No key of the ring opens it: wrong key, wrong place, or changed bytes.
    #[error("a sealed value cannot be opened with the encryption keys at hand")]
    Closed,
    /// The text is not 64 hexadecimal digits.
    #[error("an encryption key is 64 hexadecimal digits (32 bytes)")]
    NotAKey,
    /// The list is empty.
    #[error("there is no encryption key")]
    NoKey,
}

/// A ring of keys: the first seals, every one opens.
#[derive(Clone)]
pub struct Vault {
    ring: Vec<RingKey>,
    ambient: Ambient,
}

#[derive(Clone)]
struct RingKey {
    id: [u8; KEY_ID],
    cipher: XChaCha20Poly1305,
    /// By purpose, each with its key worked in already: a payment derives three values.
    derivations: [Hmac<Sha256>; Purpose::ALL.len()],
}

/// What a value is derived for: it is of no use for anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// What lets a browser read its payment.
    ClientSecret,
    /// What names an attempt in the URL that a browser comes back to.
    ReturnToken,
    /// What tells whether a body came before under the same idempotency key.
    Idempotency,
    /// What lets a browser open a stream of events.
    FeedToken,
    /// What a customer is counted by who is sent codes: a telephone number or an address is not kept for it.
    CodeLimit,
    /// What a request is drawn by among the providers of a rule with weights.
    Routing,
}

impl Purpose {
    const ALL: [Self; 6] =
        [Self::ClientSecret, Self::ReturnToken, Self::Idempotency, Self::FeedToken, Self::CodeLimit, Self::Routing];

    /// Part of what is derived: it must not change.
    const fn label(self) -> &'static str {
        match self {
            Self::ClientSecret => "client secret",
            Self::ReturnToken => "return token",
            Self::Idempotency => "idempotency",
            Self::FeedToken => "feed token",
            Self::CodeLimit => "code limit",
            Self::Routing => "routing",
        }
    }
}

impl RingKey {
    fn parse(text: &str) -> Result<Self, VaultError> {
        let bytes = hex::decode(text).ok().filter(|bytes| bytes.len() == 32).ok_or(VaultError::NotAKey)?;
        let digest = Sha256::new().chain_update(b"jisr key id").chain_update(&bytes).finalize();
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&digest[..KEY_ID]);
        let key = Key::try_from(bytes.as_slice()).map_err(|_| VaultError::NotAKey)?;
        let keyed = |key: &[u8]| Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        let derivations = Purpose::ALL.map(|purpose| {
            let subkey = keyed(&bytes).chain_update(b"jisr derived: ").chain_update(purpose.label());
            keyed(&subkey.finalize().into_bytes())
        });
        Ok(Self { id, cipher: XChaCha20Poly1305::new(&key), derivations })
    }

    fn mac(&self, purpose: Purpose, data: &[u8]) -> [u8; 32] {
        self.derivations[purpose as usize].clone().chain_update(data).finalize().into_bytes().into()
    }
}

impl Vault {
    /// From keys in hexadecimal, one a line or separated by commas; the first is the one that seals.
    pub fn new(keys: &SecretString, ambient: Ambient) -> Result<Self, VaultError> {
        let ring = keys
            .expose_secret()
            .split(['\n', ','])
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(RingKey::parse)
            .collect::<Result<Vec<_>, _>>()?;
        if ring.is_empty() { Err(VaultError::NoKey) } else { Ok(Self { ring, ambient }) }
    }

    /// Seals a value for its place.
    pub fn seal(&self, place: Place, clear: &[u8]) -> Vec<u8> {
        let key = self.current();
        let nonce: [u8; NONCE] = self.ambient.bytes();
        let payload = Payload { msg: clear, aad: &place.associated_data() };
        let sealed =
            key.cipher.encrypt(&XNonce::from(nonce), payload).expect("the value is far below the cipher's limit");
        let mut out = Vec::with_capacity(1 + KEY_ID + NONCE + sealed.len());
        out.push(FORMAT);
        out.extend_from_slice(&key.id);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        out
    }

    /// Opens what was sealed for the same place.
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (&FORMAT, rest) = sealed.split_first().ok_or(VaultError::Closed)? else { return Err(VaultError::Closed) };
        let (id, rest) = rest.split_at_checked(KEY_ID).ok_or(VaultError::Closed)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or(VaultError::Closed)?;
        let key = self.ring.iter().find(|key| key.id == id).ok_or(VaultError::Closed)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| VaultError::Closed)?;
        let payload = Payload { msg: sealed, aad: &place.associated_data() };
        key.cipher.decrypt(&nonce, payload).map_err(|_| VaultError::Closed)
    }

    /// Whether the first key of the ring sealed it, or rotation still has to.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed.get(1..=KEY_ID) == Some(self.current().id.as_slice())
    }

    /// A value only this gateway can make: nothing needs to be stored to check it later.
    pub fn derive(&self, purpose: Purpose, data: &[u8]) -> String {
        hex::encode(&self.current().mac(purpose, data)[..20])
    }

    /// Whether a value was derived from the same data, with any key of the ring; in constant time.
    pub fn verify(&self, purpose: Purpose, data: &[u8], given: &str) -> bool {
        self.ring.iter().any(|key| {
            let expected = hex::encode(&key.mac(purpose, data)[..20]);
            expected.as_bytes().ct_eq(given.as_bytes()).into()
        })
    }

    /// Keyed hashes, so that a copied database does not tell guessable contents: with the key that seals first.
    pub fn fingerprints(&self, purpose: Purpose, data: &[u8]) -> Vec<Vec<u8>> {
        self.ring.iter().map(|key| key.mac(purpose, data).to_vec()).collect()
    }

    fn current(&self) -> &RingKey {
        &self.ring[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const SECOND: &str = "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100";

    fn vault(keys: &str) -> Vault {
        Vault::new(&SecretString::from(keys), Ambient::system()).expect("a key")
    }

    fn place(row: u128) -> Place {
        Place { store: Uuid::from_u128(1).into(), table: "payments", row: Uuid::from_u128(row), field: "customer" }
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let vault = vault(FIRST);
        let sealed = vault.seal(place(1), b"1987");
        assert!(!sealed.windows(4).any(|window| window == b"1987"));
        assert_eq!(vault.open(place(1), &sealed), Ok(b"1987".to_vec()));
        assert_eq!(vault.open(place(2), &sealed), Err(VaultError::Closed));
        let changed = Place { field: "evidence", ..place(1) };
        assert_eq!(vault.open(changed, &sealed), Err(VaultError::Closed));
        for index in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[index] ^= 1;
            assert_eq!(vault.open(place(1), &broken), Err(VaultError::Closed), "byte {index}");
            assert_eq!(vault.open(place(1), &sealed[..index]), Err(VaultError::Closed), "cut at {index}");
        }
    }

    #[test]
    fn a_rotated_ring_opens_what_the_old_key_sealed() {
        let sealed = vault(FIRST).seal(place(1), b"secret");
        let rotated = vault(&format!("{SECOND}\n{FIRST}\n"));
        assert_eq!(rotated.open(place(1), &sealed), Ok(b"secret".to_vec()));
        assert!(!rotated.is_current(&sealed));
        assert!(rotated.is_current(&rotated.seal(place(1), b"secret")));
        assert_eq!(vault(SECOND).open(place(1), &sealed), Err(VaultError::Closed));
        let token = vault(FIRST).derive(Purpose::ClientSecret, b"x");
        assert!(rotated.verify(Purpose::ClientSecret, b"x", &token));
        assert!(!rotated.verify(Purpose::ReturnToken, b"x", &token));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "abcd", "zz", &FIRST[1..]] {
            assert!(Vault::new(&SecretString::from(text), Ambient::system()).is_err(), "{text:?}");
        }
    }
}
