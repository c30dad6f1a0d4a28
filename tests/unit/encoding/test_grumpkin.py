from trustspace.encoding.grumpkin import GRUMPKIN, draw_points, pedersen_bases
from trustspace.encoding.weierstrass import IDENTITY

POINTS = draw_points("trustspace/test", 5)


def test_curve__generator__of_prime_order() -> None:
    assert GRUMPKIN.contains(GRUMPKIN.generator)
    assert (GRUMPKIN.generator[1] ** 2 + 16) % GRUMPKIN.modulus == 0  # as Noir's standard library has it
    assert GRUMPKIN.multiply(GRUMPKIN.order, GRUMPKIN.generator) == IDENTITY
    assert GRUMPKIN.multiply(GRUMPKIN.order - 1, GRUMPKIN.generator) == GRUMPKIN.negate(GRUMPKIN.generator)


def test_draw__same_text__same_points_all_different() -> None:
    assert draw_points("trustspace/test", 5) == POINTS
    assert len(set(POINTS) | set(draw_points("trustspace/other", 5))) == 10
    assert all(GRUMPKIN.contains(point) and point[1] % 2 == 0 for point in POINTS)


def test_draw__more_points__begin_with_the_same() -> None:
    assert draw_points("trustspace/test", 2) == POINTS[:2]


def test_pedersen_bases__of_a_text__end_in_the_blinding() -> None:
    assert pedersen_bases("trustspace/test", 4).points == POINTS
