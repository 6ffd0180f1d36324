//! Libya: its districts, cities and quarters in Arabic and English, and the spellings people really use. Pure data, no I/O.
