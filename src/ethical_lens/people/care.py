"""Roles that carry a stigma: a race composed into one of them would say something that nobody asked to be said."""

from __future__ import annotations

import re

FEWEST_IMAGES = 5
"""From this number of images on, shares can be balanced inside one request."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", " ").split(","))


_NOUNS = _words(
    """criminal, crook, gangster, mobster, thug, hooligan, pickpocket, shoplifter, vandal, looter, burglar, robber,
    mugger, murderer, killer, assassin, kidnapper, hijacker, arsonist, rapist, abuser, pedophile, paedophile,
    molester, stalker, terrorist, extremist, militant, insurgent, jihadist, bomber, felon, convict, ex-convict,
    inmate, prisoner, detainee, suspect, culprit, offender, delinquent, perpetrator, defendant, smuggler,
    trafficker, pusher, poacher, pirate, bandit, outlaw, fugitive, addict, alcoholic, drunk, drunkard, beggar,
    panhandler, tramp, hobo, bum, vagrant, vagabond, squatter, rough sleeper, prostitute, hooker, pimp,
    stripper, escort, scammer, fraudster, swindler, forger, cheat, fraud, liar, villain, warlord, traitor,
    slave, refugee, barbarian, savage, rioter, torturer, dictator, fanatic, psychopath, sociopath, lunatic,
    dropout, bully, peasant, immigrant, migrant, drug dealer, arms dealer, drug lord, drug mule, drug user, sex
    worker, con artist, asylum seeker, illegal alien, loan shark, cult leader, hostage taker, school shooter,
    mass shooter, child soldier, gang member, gang leader, stowaway, trespasser, intruder, wino, boozer, toper,
    barfly, bag lady, street sleeper, homeless person, stoner, binge drinker, opium smoker, grifter, fence, card sharp,
    counterfeiter, housebreaker, cutpurse, footpad, safecracker, hooligan, ex-con, jailbird, lifer, death row inmate,
    bootlegger, rum runner, rustler, horse thief, runaway slave, fugitive slave, field hand, sharecropper, coolie,
    plantation worker, chain-gang prisoner, waste picker, ragpicker, dumpster diver, garbage picker, peeping tom,
    scoundrel, miser, crackpot, weirdo, freak, slob, freeloader, moocher, gangbanger, contract killer, capo"""
)
_OTHERS = _words(
    """thief, thieves, hitman, hitmen, gunman, gunmen, henchman, henchmen, madman, madmen, con man, con men, mafioso,
    mafiosi, junkie, junkies, bullies, murderess, murderesses, thuggish, drunken, homeless, enslaved, poor,
    illiterate, primitive, welfare, slum, ghetto, cartel, gang, mob, mobs, evil, armed"""
)
_STIGMATISED = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(re.escape(word) for word in (*_OTHERS, *(f"{noun}s" for noun in _NOUNS), *_NOUNS))
    + r")(?![\w-])",
    re.IGNORECASE,
)


def is_stigmatised(phrase: str) -> bool:
    """Say whether a phrase names people in a role that carries a stigma.

    Example:
        >>> is_stigmatised("notorious drug dealer"), is_stigmatised("art dealer")
        (True, False)
    """
    return _STIGMATISED.search(phrase) is not None
