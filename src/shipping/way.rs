//! From where to where, and what: a shipment's subject read into types that cannot hold nonsense. It is kept sealed.

use gazetteer::City;
use schemas::shipping::{Address, CashOnDelivery, Length, Parcel, Weight};
use schemas::{Currency, Money, Phone, StoreId};
use serde::{Deserialize, Serialize};
use shipping_adapters as adapters;

use super::places::Coverage;
use super::{Shipping, place};
use crate::db::shipments::Shipment;
use crate::fields::Faults;
use crate::refusal::Refusal;

/// What is kept of a shipment's people and parcels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Where it is fetched.
    pub origin: Address,
    /// Where it goes.
    pub destination: Address,
    /// What is carried.
    pub parcels: Vec<Parcel>,
    /// What the driver collects.
    pub cash_on_delivery: Option<CashOnDelivery>,
    /// What is in it.
    pub description: Option<String>,
    /// For the driver.
    pub notes: Option<String>,
}

/// The same, read.
#[derive(Debug, Clone)]
pub struct Way {
    /// Where it is fetched.
    pub origin: Side,
    /// Where it goes.
    pub destination: Side,
    /// What is carried.
    pub parcels: Vec<adapters::Parcel>,
    /// What the driver collects.
    pub cash: Option<Money>,
}

/// One end of the way.
#[derive(Debug, Clone)]
pub struct Side {
    /// As it was written, its phone as E.164.
    pub address: Address,
    /// Read.
    pub phone: Phone,
    /// Read.
    pub city: &'static City,
}

/// The most parcels that one shipment has.
const MOST_PARCELS: usize = 50;
/// The longest line of an address.
const LONGEST_LINE: usize = 100;

impl Way {
    /// Reads where a parcel goes and what it is; every fault is named.
    pub fn read(
        origin: &Address,
        destination: &Address,
        parcels: &[Parcel],
        cash: Option<&CashOnDelivery>,
        faults: &mut Faults,
    ) -> Option<Self> {
        let origin = Side::read("origin", origin, faults);
        let destination = Side::read("destination", destination, faults);
        let cash = match cash {
            Some(cash) => {
                Some(crate::fields::amount("cash_on_delivery.amount", &cash.amount.0, cash.currency, faults)?)
            }
            None => None,
        };
        if !(1..=MOST_PARCELS).contains(&parcels.len()) {
            let (en, ar) = (format!("1 to {MOST_PARCELS} parcels"), format!("من 1 إلى {MOST_PARCELS} طرداً"));
            faults.add("parcels", en, ar);
        }
        let currency = cash.map_or(Currency::Lyd, |cash| cash.currency);
        let read = parcels.iter().enumerate().map(|(index, parcel)| read_parcel(index, parcel, currency, faults));
        let parcels: Vec<_> = read.collect::<Vec<_>>().into_iter().collect::<Option<_>>()?;
        Some(Self { origin: origin?, destination: destination?, parcels, cash })
    }

    /// How heavy it is together.
    pub fn weight(&self) -> Weight {
        Weight::grams(self.parcels.iter().map(|parcel| parcel.weight.in_grams()).sum())
    }
}

impl Side {
    /// Reads one address.
    pub fn read(field: &str, address: &Address, faults: &mut Faults) -> Option<Self> {
        let at = |name: &str| format!("{field}.{name}");
        line(&at("name"), &address.name, true, faults);
        for (name, text) in [
            ("area", &address.area),
            ("street", &address.street),
            ("building", &address.building),
            ("landmark", &address.landmark),
        ] {
            if let Some(text) = text {
                line(&at(name), text, false, faults);
            }
        }
        coordinates(&at("coordinates"), address, faults);
        let phone = Phone::parse(&address.phone);
        if let Err(error) = &phone {
            faults.add(&at("phone"), error.to_string(), "رقم الهاتف غير صالح");
        }
        let city = gazetteer::find_city(&address.city);
        if city.is_none() {
            unknown_city(&at("city"), &address.city, faults);
        }
        let (phone, city) = (phone.ok()?, city?);
        let address = Address { phone: phone.e164().to_owned(), ..address.clone() };
        Some(Self { address, phone, city })
    }

    /// The same as a carrier names it; `None` where the carrier does not go there.
    pub fn end(&self, coverage: &Coverage) -> Option<adapters::End> {
        let address = self.address.clone();
        let place = coverage.city(self.city)?.clone();
        let area_place = address.area.as_deref().and_then(|area| coverage.area(self.city, area)).cloned();
        Some(adapters::End {
            name: address.name,
            phone: self.phone.clone(),
            city: self.city.id,
            city_names: (self.city.name.english, self.city.name.arabic),
            place,
            area_place,
            area: address.area,
            street: address.street,
            building: address.building,
            landmark: address.landmark,
            coordinates: address.coordinates.map(|at| (at.lat.0, at.lng.0)),
        })
    }
}

impl Shipping {
    /// Opens what is kept of a shipment's people and parcels.
    pub(super) fn subject(&self, shipment: &Shipment) -> Result<Subject, Refusal> {
        self.open_subject(shipment.store_id, shipment)
    }

    fn open_subject(&self, store: StoreId, shipment: &Shipment) -> Result<Subject, Refusal> {
        let clear = self.vault.open(place(store, shipment.id, "subject"), &shipment.subject);
        let clear = clear.map_err(|_| Refusal::Internal("a sealed subject cannot be opened"))?;
        serde_json::from_slice(&clear).map_err(|_| Refusal::Internal("a subject cannot be read"))
    }
}

impl Subject {
    /// Read anew: what was taken in can be read.
    pub fn way(&self) -> Result<Way, Refusal> {
        let mut faults = Faults::default();
        let cash = self.cash_on_delivery.as_ref();
        let way = Way::read(&self.origin, &self.destination, &self.parcels, cash, &mut faults);
        faults.or(way)
    }
}

fn line(field: &str, text: &str, needed: bool, faults: &mut Faults) {
    let length = text.trim().chars().count();
    if length > LONGEST_LINE || (needed && length == 0) || text.chars().any(char::is_control) {
        let least = usize::from(needed);
        let (en, ar) = (
            format!("{least} to {LONGEST_LINE} characters, none of them a control character"),
            format!("من {least} إلى {LONGEST_LINE} حرف دون محارف تحكم"),
        );
        faults.add(field, en, ar);
    }
}

pub(super) fn unknown_city(field: &str, text: &str, faults: &mut Faults) {
    let near = gazetteer::suggest(text, 3);
    let (mut en, mut ar) = ("no city of Libya has this name".to_owned(), "لا توجد مدينة ليبية بهذا الاسم".to_owned());
    if !near.is_empty() {
        let english: Vec<_> = near.iter().map(|city| city.name.english).collect();
        let arabic: Vec<_> = near.iter().map(|city| city.name.arabic).collect();
        en = format!("{en}; did you mean {}?", english.join(", "));
        ar = format!("{ar}؛ هل تقصد {}؟", arabic.join("، "));
    }
    faults.add(field, en, ar);
}

fn coordinates(field: &str, address: &Address, faults: &mut Faults) {
    let Some(at) = &address.coordinates else { return };
    let degrees = |text: &str, most: i64| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.len() <= 9 && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_within = |degrees: i64| degrees < most || (degrees == most && fraction.bytes().all(|byte| byte == b'0'));
        plain(whole) && plain(fraction) && whole.parse().is_ok_and(is_within)
    };
    if !degrees(&at.lat.0, 90) || !degrees(&at.lng.0, 180) {
        faults.add(field, "decimal degrees such as \"32.8872\"", "درجات عشرية مثل \"32.8872\"");
    }
}

fn read_parcel(index: usize, parcel: &Parcel, currency: Currency, faults: &mut Faults) -> Option<adapters::Parcel> {
    let at = |name: &str| format!("parcels[{index}].{name}");
    let weight = measure(&at("weight_kg"), Weight::parse_kilograms(&parcel.weight_kg.0), faults);
    let lengths = [("length_cm", &parcel.length_cm), ("width_cm", &parcel.width_cm), ("height_cm", &parcel.height_cm)]
        .map(|(name, text)| measure(&at(name), Length::parse_centimetres(&text.0), faults));
    let value = match &parcel.value {
        Some(value) => Some(crate::fields::amount(&at("value"), &value.0, currency, faults)?),
        None => None,
    };
    let [Some(length), Some(width), Some(height)] = lengths else { return None };
    Some(adapters::Parcel { weight: weight?, size: [length, width, height], value })
}

pub(super) fn measure<T>(
    field: &str,
    read: Result<T, schemas::shipping::MeasureError>,
    faults: &mut Faults,
) -> Option<T> {
    use schemas::shipping::MeasureError;
    let error = match read {
        Ok(measure) => return Some(measure),
        Err(error) => error,
    };
    let ar = match error {
        MeasureError::NotDecimal => "المتوقع رقم عشري مثل \"2.5\"".to_owned(),
        MeasureError::TooManyDecimals(most) => format!("عدد الخانات العشرية {most} على الأكثر"),
        MeasureError::Zero => "يجب أن يكون أكبر من الصفر".to_owned(),
        MeasureError::TooLarge => "أكبر مما يُنقل".to_owned(),
    };
    faults.add(field, error.to_string(), ar);
    None
}
