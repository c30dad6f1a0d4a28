from collections import Counter
from fractions import Fraction
from hashlib import shake_256
from math import exp, sqrt

import numpy as np
import pytest

from trustspace.crypto.discrete_gaussian import MAX_SIGMA, _below, _bernoulli_exp, _laplace, discrete_gaussian
from trustspace.crypto.randomness import SystemRandomness
from trustspace.errors import OutOfRange

FAR = 8.0  # standard deviations of a chi-square statistic: an honest sampler fails once in 10^12 runs or less


def far_off(samples, weight) -> float:
    """How far the counts are from P(x) ~ weight(x), in standard deviations of the chi-square statistic."""
    reach = int(np.abs(samples).max()) + 40
    mass = {x: weight(x) for x in range(-reach, reach + 1)}
    whole = sum(mass.values())
    counts = Counter(samples.tolist())
    expected = {x: samples.size * mass[x] / whole for x in mass}
    common = [x for x in mass if expected[x] >= 10]
    rest = samples.size - sum(counts[x] for x in common), samples.size - sum(expected[x] for x in common)
    chi = sum((counts[x] - expected[x]) ** 2 / expected[x] for x in common)
    chi += (rest[0] - rest[1]) ** 2 / max(rest[1], 1)
    return (chi - len(common)) / sqrt(2 * len(common))


@pytest.mark.parametrize("sigma", [1, 2, 7, 60])
def test_samples__against_the_exact_distribution__fit(sigma: int) -> None:
    samples = discrete_gaussian(sigma, 60_000)
    assert samples.shape == (60_000,)
    assert far_off(samples, lambda x: exp(-x * x / (2 * sigma * sigma))) < FAR


def test_samples__held_against_a_sigma_five_percent_off__do_not_fit() -> None:
    samples = discrete_gaussian(20, 60_000)
    assert far_off(samples, lambda x: exp(-x * x / (2 * 21 * 21))) > FAR


@pytest.mark.parametrize("scale", [1, 5])
def test_laplace__against_the_exact_distribution__fits(scale: int) -> None:
    assert far_off(_laplace(scale, 60_000, SystemRandomness().bytes), lambda x: exp(-abs(x) / scale)) < FAR


@pytest.mark.parametrize("gamma", [Fraction(0), Fraction(1, 7), Fraction(1), Fraction(9, 4), Fraction(6)])
def test_bernoulli_exp__any_gamma__has_its_chance(gamma: Fraction) -> None:
    tosses = 60_000
    numerators = np.full(tosses, gamma.numerator, dtype=np.int64)
    heads = _bernoulli_exp(numerators, gamma.denominator, SystemRandomness().bytes).sum()
    chance = exp(-gamma)
    assert abs(heads - tosses * chance) <= FAR * sqrt(tosses * chance * (1 - chance))


@pytest.mark.parametrize("sigma", [1 << 16, MAX_SIGMA])
def test_samples__large_sigma__mean_variance_and_fourth_moment(sigma: int) -> None:
    samples = discrete_gaussian(sigma, 60_000) / sigma
    root = sqrt(samples.size)
    assert abs(samples.mean()) < FAR / root
    assert abs((samples**2).mean() - 1) < FAR * sqrt(2) / root
    assert abs((samples**4).mean() - 3) < FAR * sqrt(96) / root


def test_below__any_limit__uniform_and_below() -> None:
    found = _below(5, 50_000, SystemRandomness().bytes)
    counts = np.bincount(found)
    assert counts.size == 5
    assert (np.abs(counts - 10_000) < FAR * sqrt(8_000)).all()
    assert int(_below(2**62 + 1, 1_000, SystemRandomness().bytes).max()) <= 2**62


def test_samples__same_bytes__same_samples() -> None:
    def stream():
        calls = iter(range(10**6))
        return lambda count: shake_256(next(calls).to_bytes(4, "big")).digest(count)

    first, again = (discrete_gaussian(12, 500, random=stream()) for _ in range(2))
    assert first.tolist() == again.tolist()
    assert first.tolist() != discrete_gaussian(12, 500).tolist()


@pytest.mark.parametrize("sigma", [0, -1, MAX_SIGMA + 1])
def test_samples__sigma_out_of_range__refused(sigma: int) -> None:
    with pytest.raises(OutOfRange, match="sigma"):
        discrete_gaussian(sigma, 1)


def test_samples__none_asked__none() -> None:
    assert discrete_gaussian(3, 0).size == 0
