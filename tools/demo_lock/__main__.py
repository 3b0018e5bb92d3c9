"""`python -m tools.demo_lock DIR`: a software lock (SoftHSM2) for trying the desk without a USB
key, with a demonstration CA and an agent.toml for unbind-agent. Output is Chinese. Never for real
use."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tools.demo_lock import demo_token
from tools.demo_lock.demo_ca import Holder


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    try:
        if chosen.plug or chosen.unplug:
            (demo_token.plug if chosen.plug else demo_token.unplug)(chosen.folder, chosen.label)
            print(f"{chosen.label}：已{'插回' if chosen.plug else '拔出'}")
        else:
            make(chosen)
    except demo_token.DemoProblem as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m tools.demo_lock", description="造一把试用的软件锁（SoftHSM2）和演示CA"
    )
    top.add_argument("folder", type=Path, metavar="DIR", help="放软件锁的文件夹")
    top.add_argument(
        "--label", default="演示锁", help="锁的名称（默认 %(default)s）；再造一把副锁时换一个"
    )
    top.add_argument("--pin", default="123456", help="PIN码（默认 %(default)s；只用于试用）")
    top.add_argument("--name", help="企业名称（默认是虚构的）；与 --person 合用时是姓名")
    top.add_argument("--number", help="统一社会信用代码；与 --person 合用时是身份证号码")
    top.add_argument("--person", action="store_true", help="造个人锁，用来试它被拒绝")
    top.add_argument(
        "--days", type=int, default=365, help="证书有效天数（默认 %(default)s；0 或负数是过期的）"
    )
    top.add_argument(
        "--origin", action="append", metavar="URL", help="写进 agent.toml 的网页（可多次）"
    )
    act = top.add_mutually_exclusive_group()
    act.add_argument("--unplug", action="store_true", help="不造锁，把名为 --label 的锁拔出")
    act.add_argument("--plug", action="store_true", help="不造锁，把名为 --label 的锁插回")
    return top


def make(chosen: argparse.Namespace) -> None:
    default = demo_token.PERSON if chosen.person else demo_token.ENTERPRISE
    holder = Holder(chosen.name or default.name, chosen.number or default.number, chosen.person)
    lock = demo_token.make(
        chosen.folder,
        datetime.now(UTC),
        label=chosen.label,
        pin=chosen.pin,
        holder=holder,
        days=chosen.days,
        origins=chosen.origin or demo_token.ORIGINS,
    )
    print(
        f"软件锁“{lock.label}”（序列号 {lock.serial}），{holder.name} {holder.number}，"
        f"PIN码 {chosen.pin}"
    )
    print(f"演示CA的证书在 {chosen.folder / 'ca'}（交给服务器的配置）")
    print(f"试用：unbind-agent serve --config {chosen.folder / 'agent.toml'}")


if __name__ == "__main__":
    sys.exit(main())
