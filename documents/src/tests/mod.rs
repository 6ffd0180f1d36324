//! Documents drawn as pictures and read back, as a scanner and a driver would.

mod label;
mod manifest;
mod picture;
mod text;

use crate::{Bilingual, Cash, Consignment, Label, Manifest, Parcel, Party};

fn dinars(minor_units: u64) -> Cash {
    Cash { minor_units, decimals: 3, currency: "LYD".to_owned() }
}

fn parcel(tracking_number: &str) -> Parcel {
    Parcel { tracking_number: tracking_number.to_owned(), weight: Some(1250) }
}

fn sample_label() -> Label {
    Label {
        carrier: Bilingual::new("Vanex", "فانكس للتوصيل"),
        service: Bilingual::new("Between cities", "توصيل بين المدن"),
        sender: Party {
            name: "متجر الياسمين".to_owned(),
            phone: "+218 91 234 5678".to_owned(),
            city: Bilingual::new("Tripoli", "طرابلس"),
            area: "حي الأندلس".to_owned(),
            street: "شارع قرجي 12".to_owned(),
            building: "Block B".to_owned(),
            landmark: String::new(),
        },
        recipient: Party {
            name: "عبد الرحمن محمد الورفلي".to_owned(),
            phone: "+218 92 876 5432".to_owned(),
            city: Bilingual::new("Benghazi", "بنغازي"),
            area: "الفويهات".to_owned(),
            street: "شارع جمال عبد الناصر، رقم 45".to_owned(),
            building: "عمارة 7، الدور 3، شقة 12 (Flat 12)".to_owned(),
            landmark: "خلف مصرف الجمهورية، بجانب صيدلية Al-Shifa المركزية".to_owned(),
        },
        reference: Some("ORD-2026-00417".to_owned()),
        date: "2026-11-30".to_owned(),
        cash: Some(dinars(1_250_500)),
        parcels: vec![parcel("VNX-100200300-LY"), parcel("VNX-100200301-LY")],
    }
}

fn sample_manifest(rows: u32) -> Manifest {
    let consignment = |at: u32| Consignment {
        tracking_number: format!("VNX-{}-LY", 100_200_300 + at),
        recipient: "عبد الرحمن محمد الورفلي".to_owned(),
        city: Bilingual::new("Benghazi", "بنغازي"),
        pieces: 1 + at % 3,
        weight: Some(1250 + u64::from(at)),
        cash: (at % 4 != 3).then(|| dinars(85_000 + u64::from(at))),
    };
    Manifest {
        store: Bilingual::new("Jasmine Store", "متجر الياسمين"),
        carrier: Bilingual::new("Vanex", "فانكس للتوصيل"),
        date: "2026-11-30".to_owned(),
        consignments: (0..rows).map(consignment).collect(),
    }
}
