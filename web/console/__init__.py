"""The administrators' pages: today, cases, enterprises, mails, letters, calendar,
audit, people, statistics."""
