"""What can go wrong with a personal voice."""

from __future__ import annotations

from engines.samples.refusal import Refusal
from kefu.errors import KefuError


class VoiceError(KefuError):
    """Base of the errors of personal voices."""

    code = "voice"
    mend = (
        "Put the file back from a backup of the state folder, or remove what there is with "
        "`kefuctl voice revoke NAME` and begin anew."
    )
    exit_code = 7


class BadVoiceName(VoiceError):
    """A name that no voice may have."""

    code = "bad_voice_name"
    mend = "Use 3 to 32 of a-z, 0-9 and '-', a letter first; the person's name goes into --who."


class NoSuchVoice(VoiceError):
    """There is nothing of this voice."""

    code = "no_such_voice"
    mend = "Run `kefuctl voice list`."


class TrainingMissing(VoiceError):
    """What makes voices is not installed."""

    code = "training_missing"
    mend = "Run `make setup-train` (installed: `sudo make install-training`)."


class LikenessFailed(VoiceError):
    """Voices could not be compared; what the program said is in the message."""

    code = "likeness_failed"
    mend = "Run `make setup-train` (installed: `sudo make install-training`), then the same again."


class EnrolmentBusy(VoiceError):
    """Somebody else adds recordings to this voice."""

    code = "enrolment_busy"
    mend = "Wait until the other `kefuctl voice enroll` has ended."


class EnrolmentFull(VoiceError):
    """More recordings than a voice is ever made from."""

    code = "enrolment_full"
    mend = "Run `kefuctl voice fit NAME`: fifty good samples are as good as more."


class OtherLanguage(VoiceError):
    """A voice speaks one language: that of its recordings."""

    code = "other_language"
    mend = "Enrol the person under a second name for the second language."


class NotMade(VoiceError):
    """Somebody is enrolled under this name, and the voice is not made yet."""

    code = "not_made"
    mend = "`kefuctl voice fit NAME` makes it, once the speaker has consented."


class NothingToEnrol(VoiceError):
    """No recording was given, or none could be read."""

    code = "nothing_to_enrol"
    mend = "Give WAV files, or a folder of them, with --audio; docs/voices.md tells more."
    exit_code = 5


class NothingUsable(VoiceError):
    """All recordings were refused."""

    code = "nothing_usable"
    mend = "Each verdict has its reason; `kefuctl voice show NAME --samples` repeats them."
    exit_code = 5


class TooLittleSpeech(VoiceError):
    """Too little usable speech to make a voice from."""

    code = "too_little_speech"
    mend = "Record more sentences of docs/voice-sentences.md: `kefuctl voice enroll NAME`."


class FitRunning(VoiceError):
    """Another voice is being made on this box."""

    code = "fit_running"
    mend = "Wait for it: `kefuctl voice list` shows how far it is."


class FitFailed(VoiceError):
    """What makes voices ended without one; its own words are in the message."""

    code = "fit_failed"
    mend = "Run `kefuctl voice fit NAME` again: it goes on where it was; --again begins anew."


class VoiceRefused(VoiceError):
    """The voice was made, and is not good enough to be approved."""

    code = "voice_refused"
    mend = "Each reason says what mends it; `kefuctl voice show NAME` repeats them."


class NoKeyYet(VoiceError):
    """This box has signed nothing yet."""

    code = "no_key_yet"
    mend = "The first consent makes it: `kefuctl voice consent --help`."


class TrustUnusable(VoiceError):
    """What was given as another box's public key is none."""

    code = "trust_unusable"
    mend = "Give the file that `kefuctl voice key` printed on the box that the archive is from."
    exit_code = 2


class SiteKeyUnusable(VoiceError):
    """The key that signs what is written about voices is missing, damaged or open to others."""

    code = "site_key_unusable"
    mend = (
        "Put voices/key.pem back from a backup of the state folder (chmod 600, its folder's "
        "owner). If it is lost, move the folder voices away: every voice begins anew."
    )


class LedgerDamaged(VoiceError):
    """The voices' history is not what this box wrote; until it is, none of them speaks."""

    code = "ledger_damaged"
    mend = (
        "Put voices/ledger.jsonl and voices/key.pem back from one backup of the state folder. If "
        "there is none, move the folder voices away: every voice begins anew, with consent."
    )


class ClockWrong(VoiceError):
    """The machine's clock stands before what has been written already; nothing is dated by it."""

    code = "clock_wrong"
    mend = (
        "Set the clock (`timedatectl`), then run the same command again. If it is right, the "
        "ledger was written by a wrong one: move the folder voices away, and every voice begins "
        "anew."
    )


class NoConsent(VoiceError):
    """No consent of the speaker holds for this voice: none, expired, revoked, or not theirs."""

    code = "no_consent"
    mend = "Let the speaker say it: `kefuctl voice consent NAME --show` prints the sentence."


class ConsentRefused(VoiceError):
    """What was said is no consent of this person to this voice."""

    code = "consent_refused"
    mend = "Each reason says what mends it."

    def __init__(self, message: str, refusals: tuple[Refusal, ...]) -> None:
        super().__init__(message, mend=" ".join(dict.fromkeys(one.mend for one in refusals)))
        self.refusals = refusals


class NothingEnrolled(VoiceError):
    """Whose consent it should be is not known yet."""

    code = "nothing_enrolled"
    mend = "Enrol samples first: `kefuctl voice enroll NAME --audio FOLDER`."


class BadTerms(VoiceError):
    """Something that nobody can consent to or sign: no name, no time, no scenario."""

    code = "bad_terms"
    mend = "`kefuctl voice consent --help`, and of the other verbs, says what each option means."
    exit_code = 2


class NotToApprove(VoiceError):
    """A voice that cannot be approved as it is."""

    code = "not_to_approve"
    mend = "`kefuctl voice show NAME` says what is missing; `kefuctl voice fit NAME` makes it."


class ArchiveRefused(VoiceError):
    """A file that is no archive of a voice, or not one of a box that is trusted."""

    code = "archive_refused"
    mend = "Export it anew: `kefuctl voice export NAME -o FILE`; --trust needs that box's key.pub."


class VoiceExists(VoiceError):
    """There is a voice of this name already."""

    code = "voice_exists"
    mend = "`kefuctl voice revoke NAME` removes the one that is there."


class BadInvitation(VoiceError):
    """An invitation to record a voice by telephone that cannot be made."""

    code = "bad_invitation"
    mend = "`kefuctl voice invite --help` shows what an invitation needs."


class NothingRead(VoiceError):
    """A call holds nothing that was read aloud for this voice."""

    code = "nothing_read"
    mend = (
        "Name a call of the scenario voice_enrolment: `kefuctl calls list --scenario "
        "voice_enrolment`; recordings are kept for recording.keep_days."
    )


class TooFewRecordings(VoiceError):
    """A listening test needs sentences that the person has read."""

    code = "too_few_recordings"
    mend = "Record more sentences: `kefuctl voice enroll NAME`; or ask for fewer: --sentences 3."


class NothingToHear(VoiceError):
    """A recording or a voice is silent."""

    code = "nothing_to_hear"
    mend = "`kefuctl voice show NAME` lists the samples; make the voice anew if it is the voice."


class PageTooLarge(VoiceError):
    """A page of a listening test that could not be handed around."""

    code = "page_too_large"
    mend = "Name fewer voices, or ask for fewer sentences: --sentences 5."
    exit_code = 2


class BadListeningKey(VoiceError):
    """A file that is no key of a listening test."""

    code = "bad_listening_key"
    mend = "Name the page.key.json that `kefuctl voice listen-test` wrote beside its page."
    exit_code = 2


class NoListeningResults(VoiceError):
    """Of the files of results none can be counted."""

    code = "no_listening_results"
    mend = "Each file's reason is above; ask the listeners for the file that the page gave them."
    exit_code = 2


class VoiceNotPermitted(VoiceError):
    """A personal voice that may not speak now; the message says why."""

    code = "voice_not_permitted"
    mend = "`kefuctl voice show NAME` tells how it stands; `kefuctl voice approve NAME` permits it."
