"""Generic reactions of our own writing, in families: a family is fitted on or measured, never both.

They stand in for what no public set labels: short applause and scorn that belong to any article.
"""

_REACTIONS: list[list[str]] = [
    [
        "Well said!",
        "Very well said.",
        "Well put.",
        "Couldn't have said it better myself.",
        "Spot on!",
        "So well written.",
    ],
    [
        "Good move, hope it lasts.",
        "Good decision.",
        "About time!",
        "Finally!",
        "It was long overdue.",
        "Better late than never.",
    ],
    [
        "Great article, thanks.",
        "Thank you for this piece.",
        "Excellent reporting.",
        "Interesting read, thanks for sharing.",
        "Really good journalism.",
    ],
    [
        "I totally agree with this.",
        "Agreed.",
        "100% agree.",
        "I don't agree at all.",
        "I couldn't disagree more.",
        "This is so true.",
    ],
    [
        "What a shame.",
        "This is so sad.",
        "How very sad.",
        "Heartbreaking.",
        "That is terrible news.",
        "Awful, just awful.",
    ],
    [
        "Unbelievable.",
        "Wow, just wow.",
        "I can't believe it.",
        "You can't make this up.",
        "Are you kidding me?",
        "Seriously?",
    ],
    [
        "Congratulations to everyone involved!",
        "Good for them!",
        "Well done to all of them.",
        "Bravo!",
        "Keep up the good work.",
        "Hats off.",
    ],
    [
        "No surprise there.",
        "Called it.",
        "We all saw this coming.",
        "What did anyone expect?",
        "Same old story.",
        "Here we go again.",
    ],
    [
        "This will not end well.",
        "We'll see how long this lasts.",
        "Time will tell.",
        "I'll believe it when I see it.",
        "Let's hope for the best.",
    ],
    [
        "Who thought this was a good idea?",
        "Somebody should be held responsible.",
        "They should be ashamed.",
        "What a joke.",
        "Ridiculous.",
    ],
    [
        "Thanks for explaining this so clearly.",
        "I learned something today.",
        "Never thought of it that way.",
        "More of this please.",
    ],
    ["First!", "This.", "Yes, yes, yes.", "Lol.", "Ha ha, brilliant.", "Love it!", "Nope.", "Exactly."],
]


def generic_reactions(*, held_out: bool) -> list[str]:
    """Return made-up reactions that fit under any article; every third family is held out for measuring."""
    return [text for number, family in enumerate(_REACTIONS) if (number % 3 == 2) is held_out for text in family]
