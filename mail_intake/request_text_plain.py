"""Puts rare wordings into everyday ones of the same length, so that the rules need to know only these: southern and classical negations (唔使, 毋须, 甭), open
questions (解不解绑), dialect (俺们, 阿拉公司), the messages of the login page that enterprises quote (此锁未绑定任何企业).

Lengths are kept, because names are cut from the text as written at the places found here.
"""

import re
from typing import Final

_NEGATIONS: Final = {
    "不用": "唔使|唔驶|唔駛|唔洗|唔用|不消|不劳|无劳|哪用|何用",
    "不必": "何必|毋必|未必要?(?=重|解)",
    "不要": "不[准许](?!确|可)|唔要|唔好|休要|休得|莫要|勿要|毋要|莫得|甭要|别要",
    "不需": "唔需",
    "无需": "毋须|毋需|毋庸|毋用|无庸|无须|勿需|勿须|勿庸|不须|何须|何需|哪需|免去|省去|省掉|略去|莫须|甭用",
    "不需要": "用不着|用唔着|犯不着|无必要|不必要|冇必要|冇需要|没得必要|无需求|没需求",
    "没有必要": "没啥必要|没什么必要|没有啥必要",
    "别": "甭|咪(?=[要再动改重解给帮去变])|嫑|莫(?=[再动改重解给帮去变换])|休(?=[再动改重解给帮变换])|毋",
    "不": "唔",
    "没": "冇",
}
_PRONOUNS: Final = (
    (re.compile(r"俺们|咱们|我哋|偶们|阿拉(?=公司|单位|企业|厂|店|个|是|[这该]|ca|锁)"), "我们"),
    (re.compile(r"俺|敝(?=公司|司|单位|厂|店|处)|咱(?=公司|单位|企业|司|厂|店|这|是|的)"), "我"),
    (re.compile(r"係(?=[^数列])"), "系"),
)
_PLAIN_NEGATION: Final = re.compile("|".join(f"(?P<n{number}>{rare})" for number, rare in enumerate(_NEGATIONS.values())))
_PLAIN_WORDS: Final = tuple(_NEGATIONS)
_VERB_OR_NOT: Final = re.compile(r"(?P<verb>[解重取换改绑])不(?P=verb)(?=[绑除置设消锁要定密码动换新]|$|[:,。?])|(?P<pair>解绑|重置|解除|"
    r"重设)不(?P=pair)|(?P<use>用不用|需不需(?!要)|该不该|应不应)")
_LOGIN_MESSAGE: Final = re.compile(
    r"(?:提示|显示|报错?|说|出现|弹出)?[ :]{0,2}[\"“「'‘]?(?:此|该|本|这个|这把)?(?:ca)?锁?未绑定任何(?:企业|单位|公司)[\"”」'’]?|(?:提示|显示|报错?|"
    r"说|出现|弹出)?[ :]{0,2}[\"“「'‘]?(?:ca)?证书未绑定[,. ]?"
    r"(?:请绑定账号后登[陆录])?[\"”」'’]?")

_QUOTED_LABEL: Final = re.compile(r"[\"'“”`]([^\W\d][\w ]{1,14})[\"'“”`](?=[ ]*[:=])")   # the keys of JSON and YAML

_FRAMED_NO: Final = re.compile(   # 【不】重置; (不)重置 is a choice not made
    r"[【\[\"“'「*](不|不需要?|不用|无需)[】\]\"”'」*](?=重置|解绑|需)|\((不需要?|不用|无需)\)(?=重置|解绑)")
_AS_FOR_IT: Final = re.compile(r"(?:(?<=[,;。!\n])|(?<=^)|(?<=至于)|(?<=[ 那]))((?:注册|登录)?密码)的话(?![,?])")   # 密码的话请重置 puts no condition
_BARE_DIGIT: Final = re.compile(r"(?:(?<=解绑)|(?<=重置)|(?<=密码)|(?<=绑定)) ( *)(?=[01](?:$|[ ,;。\n]))")   # 解绑 1 重置 0
_SAID_AGAIN: Final = re.compile(r"(?<!是否)(?<!是否需要)(?<!要不要)((?:不(?:需要|用|要|需)?|无需|需要|要|请)?(?:解绑|解除绑定|重置(?:密码)?))\1+")


def plain(text: str) -> str:
    """The folded text in everyday words, of the same length."""
    text = _QUOTED_LABEL.sub(lambda match: f" {match[1]} ", text)
    text = _FRAMED_NO.sub(lambda match: f" {match[1] or match[2]} ", text)
    text = _AS_FOR_IT.sub(lambda match: match[1].ljust(len(match[0])), text)
    text = _BARE_DIGIT.sub(r":\1", text)
    text = _SAID_AGAIN.sub(lambda match: match[1].ljust(len(match[0])), text)
    text = _LOGIN_MESSAGE.sub(lambda match: "," * len(match[0]), text)
    for dialect, everyday in _PRONOUNS:
        text = dialect.sub(everyday, text)
    return _VERB_OR_NOT.sub(_asked, _PLAIN_NEGATION.sub(_negated, text))


def _negated(match: re.Match[str]) -> str:
    word = _PLAIN_WORDS[int(str(match.lastgroup)[1:])]
    return word.ljust(len(match[0]))


def _asked(match: re.Match[str]) -> str:
    """是否 for an A-not-A question: 解不解绑 is 是否解绑."""
    if match["verb"]:
        return f"是否{match['verb']}"
    return f" 是否{match['pair']}" if match["pair"] else "是否要"
