//! Figures: medians, percentiles, and what the kernel says of a process.

use std::time::Duration;

/// Nanoseconds in one tick of the kernel's accounting; Linux has had 100 a second on every machine for decades.
const TICK: Duration = Duration::from_millis(10);

/// The middle one.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

/// The value that so many of a hundred do not exceed; the samples are sorted.
pub fn percentile(sorted: &[u64], percent: f64) -> u64 {
    let rank = (sorted.len() as f64 * percent / 100.0).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or(0)
}

/// Processor time that a process has used, itself and in the kernel.
pub fn cpu(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    ticks(&stat)
}

/// Processor time of this process.
pub fn own_cpu() -> Duration {
    cpu(std::process::id())
}

/// Processor time of every process of PostgreSQL on this machine.
pub fn postgres_cpu() -> Duration {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Duration::ZERO };
    let stats = processes.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    stats.filter(|stat| stat.contains("(postgres)")).map(|stat| ticks(&stat)).sum()
}

/// `utime` and `stime`: the 12th and 13th word after the name, which may hold blanks itself.
fn ticks(stat: &str) -> Duration {
    let words = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    TICK * words.filter_map(|word| word.parse::<u32>().ok()).sum::<u32>()
}

/// Resident memory of a process in MB: the highest so far, and now.
pub fn memory(process: u32) -> (f64, f64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let read = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
        kilobytes.unwrap_or(f64::NAN) / 1_024.0
    };
    (read("VmHWM:"), read("VmRSS:"))
}
