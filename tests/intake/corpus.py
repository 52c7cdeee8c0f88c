"""Invented petitions, and what happens to a text on its way: copied, typed without marks, retyped, scanned.

Persons, decisions and matters are made up; the names say so.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

from contracts.facts.intake import PetitionFiled
from contracts.ids import PetitionId, derived
from contracts.vocabulary import CandidateVerdict, MatterField, PetitionKind
from services.intake.domain import Petition, PetitionDraft, PetitionText, file_petition
from services.intake.domain import Sealed as SealedBoxes
from services.intake.likeness.keys import likeness_keys, searches_for
from services.intake.likeness.sketch import LikenessKey
from services.intake.likeness.traits import traits_of
from services.intake.likeness.verdicts import Compared
from services.intake.likeness.words import bare
from tests.builders import a_draft

NOW: Final = datetime(2026, 9, 7, 3, 0, tzinfo=UTC)
KEYS: Final = {kind: LikenessKey(f"key of {kind.value}".encode()) for kind in PetitionKind}
SURNAMES: Final = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Bùi", "Đặng", "Võ", "Hồ", "Cao")
GIVEN: Final = ("Văn Thử", "Thị Mẫu", "Giả Định", "Mô Phỏng", "Thị Ví Dụ", "Văn Tưởng Tượng")
COMMUNES: Final = ("xa-17971", "xa-17662", "xa-16681")
FORM_LETTER: Final = """CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM. Độc lập - Tự do - Hạnh phúc. ĐƠN KHIẾU NẠI.
Kính gửi: Ủy ban nhân dân xã. Tôi không đồng ý với Quyết định số {decision} về việc bồi thường, hỗ trợ, tái định cư khi
Nhà nước thu hồi đất để thực hiện dự án. Đơn giá bồi thường thấp hơn nhiều so với giá đất phổ biến trên thị trường, việc
kiểm đếm tài sản trên đất không đầy đủ, cây trồng và công trình phụ bị bỏ sót, phương án tái định cư chưa được niêm yết
công khai và lấy ý kiến người dân theo Luật số 31/2024/QH15. Tôi đề nghị hủy bỏ quyết định nói trên, kiểm đếm lại toàn
bộ tài sản, tính lại giá bồi thường và bố trí tái định cư cho hộ gia đình trước khi thu hồi đất. Tôi xin cam đoan những
nội dung trình bày trên là đúng sự thật."""
MATTERS: Final = {
    MatterField.LAND: (
        "con đường vào xóm bị hàng xóm xây tường rào lấn ra nửa mét",
        "thửa ruộng của gia đình bị cấp nhầm giấy chứng nhận cho người khác",
        "ranh giới vườn bị đo sai khi lập bản đồ địa chính mới",
        "hợp đồng thuê ao cá bị hợp tác xã cắt trước thời hạn",
        "đất khai hoang từ lâu không được công nhận quyền sử dụng",
        "hồ sơ tách thửa cho con trai bị trả lại nhiều lần không rõ lý do",
    ),
    MatterField.ENVIRONMENT: (
        "trại lợn đầu nguồn xả thẳng nước thải xuống mương tưới",
        "lò gạch hoạt động ban đêm khói bụi phủ kín khu dân cư",
        "bãi rác tạm của chợ để lâu ngày bốc mùi hôi thối",
        "xưởng gỗ cưa xẻ ồn ào suốt buổi trưa cạnh trường học",
    ),
    MatterField.SOCIAL_POLICY: (
        "chế độ trợ cấp người cao tuổi của mẹ tôi bị dừng chi trả",
        "hộ nghèo của gia đình bị đưa ra khỏi danh sách bình xét",
        "hồ sơ thương binh của cha tôi nộp đã lâu chưa được trả lời",
        "tiền hỗ trợ bão lụt chia không đúng đối tượng thiệt hại",
    ),
    MatterField.TRANSPORT: (
        "xe tải chở đất chạy quá tải làm nát đường liên thôn",
        "cầu treo qua suối hư hỏng nhiều ván mà chưa được sửa",
        "bến đò hoạt động không có áo phao cho học sinh",
        "biển báo ở ngã tư bị che khuất gây nhiều tai nạn",
    ),
}
WHEN: Final = (
    "Đầu năm nay",
    "Ngày {day}",
    "Từ năm {year}",
    "Trong cuộc họp thôn gần đây",
    "Khoảng {months} tháng trước",
    "Sau đợt mưa lớn vừa rồi",
    "Hôm {day} vừa qua",
    "Nhiều lần",
    "Theo tôi được biết",
    "Đến nay",
    "Vào buổi chiều hôm ấy",
    "Trước đây",
)
WHO: Final = (
    "tôi",
    "{who}",
    "gia đình {who}",
    "bà con {where}",
    "trưởng thôn {where}",
    "cán bộ phụ trách",
    "các hộ ở {where}",
)
DID: Final = (
    "lên xã hỏi rõ",
    "chụp ảnh làm bằng chứng về",
    "lập biên bản đối với",
    "bỏ ra {sum} triệu đồng tạm thời khắc phục",
    "đưa máy đến phá",
    "gửi giấy mời bàn lại",
    "niêm yết khác hẳn thực tế",
    "đọc sai số liệu trong",
    "hứa xử lý dứt điểm",
    "kể cho tổ hòa giải nghe nguồn gốc",
    "cất giữ cẩn thận",
    "làm thất lạc",
    "tự ý che chắn",
    "thuê thợ đo",
    "bàn giao không đầy đủ",
    "đóng góp {sum} nghìn đồng sửa",
    "từ chối ký nhận",
    "xin sao chụp",
)
WHAT: Final = (
    "sổ mục kê cũ",
    "lối đi chung của {where}",
    "bờ ao phía sau nhà {who}",
    "hàng cây bạch đàn",
    "tờ trích lục năm {year}",
    "danh sách {months} hộ được xét",
    "nền kho hợp tác xã",
    "giấy viết tay của ông nội",
    "đường ống dẫn ra ruộng",
    "biên lai thu lệ phí",
    "cột mốc đá đầu bờ",
    "mái hiên trạm y tế",
    "bản cam kết ngày {day}",
    "hệ thống loa của {where}",
    "phiếu lấy ý kiến nhân dân",
    "cổng chào đầu làng",
    "khoản hỗ trợ {sum} triệu đồng",
    "hố ga trước cửa",
)
THEN: Final = (
    "khiến sinh hoạt đảo lộn",
    "mà vẫn chưa có văn bản trả lời",
    "làm thiệt hại chừng {sum} triệu đồng",
    "nên con nhỏ phải nghỉ học {months} buổi",
    "và việc đó ai cũng chứng kiến",
    "trong khi quy ước xóm ghi ngược lại",
    "gây mất tình làng nghĩa xóm",
    "rồi đâu lại vào đấy",
    "cho dù {who} đã can ngăn",
    "với lý do chờ kinh phí cấp trên",
    "bất chấp ý kiến của {where}",
    "ảnh hưởng cả mùa vụ năm {year}",
)
TOLD: Final = 10
ENDS_WITH: Final = 0.4
"""How often a sentence ends in one of these turns."""
PEOPLE: Final = ("ông Ba Giả", "bà Tư Mẫu", "anh Năm Thử", "chị Sáu Ví", "cụ Bảy Dụ", "ông Tám Mô")
PLACES: Final = ("xóm Đông", "xóm Đoài", "thôn Thượng", "thôn Hạ", "xóm Chùa", "xóm Bãi")

_ids = count(1)


@dataclass(frozen=True)
class Case:
    """Two petitions, and what has to be said of them."""

    name: str
    one: PetitionDraft
    other: PetitionDraft
    expected: CandidateVerdict | None


@dataclass
class Writer:
    """Writes petitions, each time other ones; the same ones for the same seed."""

    seed: int
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def person(self) -> dict[str, Any]:
        name = f"{self.dice.choice(SURNAMES)} {self.dice.choice(GIVEN)}"
        number = f"0400{self.dice.randrange(10**8):08}"
        return {"full_name": name, "personal_number": number, "phone": f"09{self.dice.randrange(10**8):08}"}

    def text(self, matter: str) -> str:
        """A letter about one matter: a head, what happened, an end."""
        told = [self._sentence() for _ in range(TOLD)]
        head = f"Kính gửi: Ủy ban nhân dân xã. Tôi tên là người làm đơn. Tôi trình bày việc {matter}."
        return "\n".join([head, *told, f"Vì vậy tôi đề nghị kiểm tra việc {matter}. Xin chân thành cảm ơn."])

    def draft(self, **said: Any) -> PetitionDraft:
        matter_field = self.dice.choice(tuple(MATTERS))
        unit = self.dice.choice(COMMUNES)
        text = self.text(self.dice.choice(MATTERS[matter_field]))
        given = {"matter_field": matter_field, "matter_unit": unit, "respondent_unit": unit, **self.person(), **said}
        words = PetitionText(summary="Đơn giả định", text=given.pop("text", text))
        return a_draft(content=words, **given)

    def retyped(self, text: str, share: float) -> str:
        """That share of the words replaced by others."""
        words = text.split()
        for place in self.dice.sample(range(len(words)), round(len(words) * share)):
            words[place] = self.dice.choice(("khác", "sửa", "thêm", "bỏ", "đổi", "chép")) + str(place)
        return " ".join(words)

    def scanned(self, text: str, share: float) -> str:
        """That share of the letters misread."""
        letters = list(text)
        for place in self.dice.sample(range(len(letters)), round(len(letters) * share)):
            if letters[place].isalpha():
                letters[place] = self.dice.choice("lI1oO0ecnru")
        return "".join(letters)

    def reordered(self, text: str) -> str:
        parts = text.split("\n")
        self.dice.shuffle(parts)
        return "\n".join(parts)

    def _sentence(self) -> str:
        dice = self.dice
        end = f", {dice.choice(THEN)}" if dice.random() < ENDS_WITH else ""
        return f"{dice.choice(WHEN)}, {dice.choice(WHO)} {dice.choice(DID)} {dice.choice(WHAT)}{end}.".format(
            who=dice.choice(PEOPLE),
            where=dice.choice(PLACES),
            day=f"{dice.randrange(1, 29)}/{dice.randrange(1, 13)}",
            sum=dice.randrange(5, 300),
            year=dice.randrange(1975, 2020),
            months=dice.randrange(2, 12),
        )


def with_text(draft: PetitionDraft, text: str, **said: Any) -> PetitionDraft:
    return draft.model_copy(update={"content": draft.content.model_copy(update={"text": text}), **said})


def of_person(draft: PetitionDraft, **said: Any) -> PetitionDraft:
    return draft.model_copy(update={"petitioner": draft.petitioner.model_copy(update=said)})


def cases(writer: Writer) -> Iterator[Case]:
    """One of each way in which two petitions stand to each other."""
    one = writer.draft()
    text = one.content.text
    stranger = writer.person()
    duplicate, same_matter = CandidateVerdict.DUPLICATE, CandidateVerdict.SAME_MATTER
    yield Case("exact copy", one, with_text(one, text), duplicate)
    yield Case("typed without marks", one, with_text(one, bare(text)), duplicate)
    for share in (0.05, 0.15, 0.30):
        yield Case(f"retyped, {share:.0%} changed", one, with_text(one, writer.retyped(text, share)), duplicate)
    yield Case("paragraphs reordered", one, with_text(one, writer.reordered(text)), duplicate)
    yield Case("scanned, 2 % misread", one, with_text(one, writer.scanned(text, 0.02)), duplicate)
    without_number = of_person(with_text(one, writer.retyped(text, 0.15)), personal_number=None, phone=None)
    yield Case("same name, no number, 15 % changed", one, without_number, duplicate)
    for share in (0.0, 0.05):
        copied = of_person(with_text(one, writer.retyped(text, share)), **stranger)
        yield Case(f"another person, {share:.0%} changed", one, copied, same_matter)
    decision = f"{writer.dice.randrange(100, 999)}/QĐ-UBND"
    other_decision = f"{writer.dice.randrange(1000, 1999)}/QĐ-UBND"
    form = with_text(one, FORM_LETTER.format(decision=decision))
    own_words = with_text(one, f"{text} Tôi khiếu nại Quyết định số {decision}.")
    yield Case("another person, own words, same decision", form, of_person(own_words, **stranger), same_matter)
    neighbour = of_person(with_text(one, FORM_LETTER.format(decision=other_decision)), **stranger)
    yield Case("a neighbour's form letter, other decision", form, neighbour, None)
    yield Case(
        "own form letter, other decision", form, with_text(one, FORM_LETTER.format(decision=other_decision)), None
    )
    yield Case("same person, other matter", one, of_same_person(writer, one), None)
    yield Case("strangers, other matters", one, writer.draft(), None)
    same_subject = with_text(of_person(one, **stranger), writer.text(_matter_of(one)))
    yield Case("strangers, one subject, own words", one, same_subject, None)


def of_same_person(writer: Writer, draft: PetitionDraft) -> PetitionDraft:
    """The same petitioner about something else."""
    others = [matter for matters in MATTERS.values() for matter in matters if matter != _matter_of(draft)]
    return with_text(draft, writer.text(writer.dice.choice(others)))


def _matter_of(draft: PetitionDraft) -> str:
    return draft.content.text.partition("trình bày việc ")[2].partition(".")[0]


def kept(draft: PetitionDraft) -> Compared:
    """The draft as a filed petition, with its sketch opened."""
    number = next(_ids)
    petition_id = PetitionId(derived("petition", "corpus", number))
    likeness, sketch = traits_of(draft, KEYS[draft.kind])
    petition, facts = file_petition(
        draft,
        petition_id=petition_id,
        code="HS26-7K4QM9",
        content_sha256="b" * 64,
        sealed=SealedBoxes(wrapped_key="k", person="p", content="c"),
        contact=None,
        filed_by="officer-1",
        now=NOW,
        today=NOW.date(),
        likeness=likeness,
    )
    assert isinstance(facts[0], PetitionFiled)
    return Compared(petition, sketch)


def is_found(one: Petition, other: Petition) -> bool:
    """The ledger would find the other one when the one is asked about."""
    there = likeness_keys(other.likeness)
    return any(there.get(key) == mark for key, mark in searches_for(one.likeness))
