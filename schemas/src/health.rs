//! The words of health: what is found of a service, why, and how grave an incident is.

use crate::words;

words! {
    /// How a service does.
    Verdict {
        /// Nothing is known.
        Unknown = "unknown",
        /// It does what is asked.
        Healthy = "healthy",
        /// It does, but not always, or slowly.
        Degraded = "degraded",
        /// It does not.
        Unhealthy = "unhealthy",
    }
}

words! {
    /// Why a service is not healthy.
    Cause {
        /// It does not answer, or its answers cannot be understood: probes say so.
        Unreachable = "unreachable",
        /// Calls fail, although it may answer probes.
        Failing = "failing",
        /// Many calls are answered with a no.
        Declining = "declining",
        /// All calls are answered with a no.
        Useless = "useless",
        /// It is slow.
        Slow = "slow",
    }
}

words! {
    /// How grave an incident is.
    Severity {
        /// Nobody is held up.
        Low = "low",
        /// Some are.
        Medium = "medium",
        /// Whoever is affected has something else to choose.
        High = "high",
        /// Nothing stands in.
        Critical = "critical",
    }
}

words! {
    /// Where an incident stands.
    IncidentStatus {
        /// It goes on.
        Open = "open",
        /// It has gone on for long, and others were called.
        Escalated = "escalated",
        /// It is over.
        Closed = "closed",
    }
}
