// The browser tests use an installed browser or the one inside @sparticuz/chromium, never a download.
module.exports = { skipDownload: true };
