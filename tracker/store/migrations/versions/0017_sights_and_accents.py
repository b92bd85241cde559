"""captures that showed a held text as rows of their own; PostgreSQL finds words without their accents"""

import json
from itertools import islice

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BATCH = 1_000

LETTERS = {
    "a": "ÀÁÂÃÄÅàáâãäåĀāĂăĄąǍǎǞǟǺǻȀȁȂȃȦȧḀḁẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴẵẶặÅ",
    "b": "ḂḃḄḅḆḇ",
    "c": "ÇçĆćĈĉĊċČčḈḉ",
    "d": "ĎďḊḋḌḍḎḏḐḑḒḓ",
    "e": "ÈÉÊËèéêëĒēĔĕĖėĘęĚěȄȅȆȇȨȩḔḕḖḗḘḙḚḛḜḝẸẹẺẻẼẽẾếỀềỂểỄễỆệ",
    "f": "Ḟḟ",
    "g": "ĜĝĞğĠġĢģǦǧǴǵḠḡ",
    "h": "ĤĥȞȟḢḣḤḥḦḧḨḩḪḫẖ",
    "i": "ÌÍÎÏìíîïĨĩĪīĬĭĮįİǏǐȈȉȊȋḬḭḮḯỈỉỊị",
    "j": "Ĵĵǰ",
    "k": "ĶķǨǩḰḱḲḳḴḵK",
    "l": "ĹĺĻļĽľḶḷḸḹḺḻḼḽ",
    "m": "ḾḿṀṁṂṃ",
    "n": "ÑñŃńŅņŇňǸǹṄṅṆṇṈṉṊṋ",
    "o": "ÒÓÔÕÖòóôõöŌōŎŏŐőƠơǑǒǪǫǬǭȌȍȎȏȪȫȬȭȮȯȰȱṌṍṎṏṐṑṒṓỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợ",
    "p": "ṔṕṖṗ",
    "r": "ŔŕŖŗŘřȐȑȒȓṘṙṚṛṜṝṞṟ",
    "s": "ŚśŜŝŞşŠšſȘșṠṡṢṣṤṥṦṧṨṩẛ",
    "t": "ŢţŤťȚțṪṫṬṭṮṯṰṱẗ",
    "u": "ÙÚÛÜùúûüŨũŪūŬŭŮůŰűŲųƯưǓǔǕǖǗǘǙǚǛǜȔȕȖȗṲṳṴṵṶṷṸṹṺṻỤụỦủỨứỪừỬửỮữỰự",
    "v": "ṼṽṾṿ",
    "w": "ŴŵẀẁẂẃẄẅẆẇẈẉẘ",
    "x": "ẊẋẌẍ",
    "y": "ÝýÿŶŷŸȲȳẎẏẙỲỳỴỵỶỷỸỹ",
    "z": "ŹźŻżŽžẐẑẒẓẔẕ",
}
MARKS = (
    "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0309\u030a\u030b\u030c\u030f\u0311\u031b"
    "\u0323\u0324\u0325\u0326\u0327\u0328\u032d\u032e\u0330\u0331"
)
ACCENTED = "".join(LETTERS.values()) + MARKS
PLAIN = "".join(plain * len(letters) for plain, letters in LETTERS.items())

_WITHOUT_SIGNS = r"to_tsvector('simple', regexp_replace({text}, '[!-/:-@\[-`{{-~]', ' ', 'g'))"
_AS_WRITTEN = _WITHOUT_SIGNS.format(text="left(text, 100000)")
_WITHOUT_ACCENTS = _WITHOUT_SIGNS.format(text=f"translate(left(text, 100000), '{ACCENTED}', '{PLAIN}')")


def upgrade() -> None:
    op.create_table(
        "held_sight",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("held_text_id", ID, nullable=False),
        sa.Column("snapshot_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["held_text_id"], ["held_text.id"], name=op.f("fk_held_sight_held_text_id_held_text"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_sight")),
        sa.UniqueConstraint("held_text_id", "snapshot_id", name=op.f("uq_held_sight_held_text_id_snapshot_id")),
    )
    _move_sights()
    op.execute("alter table held_text drop column snapshot_ids")
    _index(_WITHOUT_ACCENTS)


def downgrade() -> None:
    _index(_AS_WRITTEN)
    op.execute("alter table held_text add column snapshot_ids json not null default '[]'")
    sights = sa.text("select snapshot_id from held_sight where held_text_id = :id order by id")
    put = sa.text("update held_text set snapshot_ids = :found where id = :id")
    if op.get_bind().dialect.name == "postgresql":
        put = sa.text("update held_text set snapshot_ids = cast(:found as json) where id = :id")
    connection = op.get_bind()
    for ident in _held():
        found = list(connection.execute(sights, {"id": ident}).scalars())
        connection.execute(put, {"id": ident, "found": json.dumps(found)})
    op.drop_table("held_sight")


def _index(words: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop index ix_clause_words")
        op.execute(f"create index ix_clause_words on clause using gin ({words})")


def _held() -> list[int]:
    return list(op.get_bind().execute(sa.text("select id from held_text order by id")).scalars())


def _move_sights() -> None:
    """Write a row for each capture, those of one held text in memory at a time."""
    connection = op.get_bind()
    listed = sa.text("select cast(snapshot_ids as text) from held_text where id = :id")
    insert = sa.text("insert into held_sight (held_text_id, snapshot_id) values (:held, :snapshot)")
    for ident in _held():
        told = iter(dict.fromkeys(json.loads(connection.execute(listed, {"id": ident}).scalar_one() or "[]")))
        while part := list(islice(told, BATCH)):
            connection.execute(insert, [{"held": ident, "snapshot": snapshot} for snapshot in part])
