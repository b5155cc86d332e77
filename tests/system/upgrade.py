"""A new version takes the old one's place: `make test-system` runs it, `make test` does not."""

from __future__ import annotations

from typing import Final

from tests.system.box import WORKER, greeted, in_background, wait_serving
from tests.system.caller import Caller
from tests.system.checkout import GATEWAY, SOFTWARE, VERSION
from tests.system.machine import ROOT, Machine, wait_until

OLDER: Final = "kefud@older.service"


def test_an_upgrade_lets_calls_end_and_leaves_one_gateway(box: Machine) -> None:
    box.run("ln", "-sfn", SOFTWARE, "/opt/kefu/releases/older")
    box.run("systemctl", "stop", "kefu.target")
    wait_until(lambda: box.show(GATEWAY, "ActiveState") == "inactive", 10, "the gateway's end")
    wants = "/etc/systemd/system/kefu.target.wants"
    box.run("mv", f"{wants}/{GATEWAY}", f"{wants}/{OLDER}")  # as it was before the upgrade
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "start", "kefu.target")
    wait_serving(box)
    worker = box.pid(WORKER)
    caller = Caller(box.door)
    caller.start()
    wait_until(lambda: bool(caller.voices), 10, "the caller hears the agent")

    box.run("mv", f"{wants}/{OLDER}", f"{wants}/{GATEWAY}")  # as the installation leaves it
    box.run("systemctl", "daemon-reload")
    leaving = in_background(box, str(ROOT / "scripts" / "leave-other-versions"), VERSION)
    wait_until(lambda: box.show(OLDER, "ActiveState") == "deactivating", 5, "the old one drains")
    assert caller.is_alive()
    caller.hang_up()
    assert caller.error is None
    assert leaving.wait(30) == 0
    wait_serving(box)
    assert box.pid(WORKER) not in (0, worker)
    box.run("systemctl", "restart", "kefu.target")
    wait_serving(box)
    assert box.show(OLDER, "ActiveState") == "inactive"
    assert box.show(GATEWAY, "ActiveState") == "active"
    greeted(box)
    box.run("rm", "/opt/kefu/releases/older")
