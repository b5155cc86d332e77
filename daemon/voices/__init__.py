"""Personal voices: enrolled with consent, fitted, judged, approved, used, revoked."""
