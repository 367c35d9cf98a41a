//! What Envoy adds to every response before it leaves.

use super::headers::Headers;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Adds the date, unless there is one, and the server.
pub(crate) fn finish(headers: &mut Headers, now: u64) {
    if headers.get("date").is_none() {
        headers.add("date", date(now / 1_000_000_000));
    }
    headers.replace("server", "envoy");
}

/// As in "Thu, 01 Jan 1970 00:00:00 GMT".
fn date(seconds: u64) -> String {
    let (days, time) = (seconds / 86400, seconds % 86400);
    let weekday = DAYS[(days % 7) as usize];
    // Years that begin in March, counted from 1 March of the year 0.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 2, 0) } else { (month - 10, 1) };
    let (year, month) = (era * 400 + year + next, MONTHS[month as usize]);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_are_right() {
        for (seconds, expected) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_795_415_492, "Mon, 23 Nov 2026 06:31:32 GMT"),
        ] {
            assert_eq!(date(seconds), expected);
        }
    }
}
