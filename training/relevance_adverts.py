"""Adverts of our own writing, in families: a family is fitted on or measured, never both.

They stand in for what no public set labels: spam as news pages get it.
"""

from itertools import product

_ADVERTS: list[tuple[str, list[list[str]]]] = [
    (
        "I make {0} {1} working from home, {2}",
        [
            ["$85", "$120", "£60", "$7,500"],
            ["an hour", "a day", "a week", "every month"],
            ["ask me how", "see my profile for the link", "no experience needed", "start here: www.easy-pay.example"],
        ],
    ),
    (
        "{0} My broker turned my {1} into {2} within two weeks",
        [
            ["Invest in bitcoin now!", "Crypto trading really works."],
            ["$500", "$1,000", "savings"],
            [
                "$8,000, message him on WhatsApp +1 555 0100 200",
                "a fortune, contact him on Telegram",
                "real profit every day",
            ],
        ],
    ),
    (
        "{0} {1} at the lowest prices {2}",
        [
            ["Buy", "Order", "Get"],
            ["designer handbags", "replica watches", "running shoes", "phone cases", "vitamins"],
            ["with free shipping", "- 70% off today only", "at http://deals.example/shop", "with promo code SAVE20"],
        ],
    ),
    (
        "Need a loan? {0} {1}",
        [
            ["We lend from $1,000 to $500,000 at 2% interest.", "Bad credit is no problem, quick approval."],
            ["Email us at loans@fast-cash.example", "Apply on our website today", "Contact us via WhatsApp"],
        ],
    ),
    (
        "{0} brought my {1} back with a love spell {2}",
        [
            ["Dr Omar", "A powerful spell caster", "Priest Adamu"],
            ["ex husband", "lover", "wife"],
            ["in 48 hours", "- reach him at spelltemple@mail.example", "and I am so grateful"],
        ],
    ),
    (
        "Hey everyone, {0} {1}",
        [
            [
                "check out my new channel",
                "please subscribe to my page",
                "I just uploaded a new song, check it out",
                "follow me on instagram",
            ],
            ["and I will sub back", "thanks so much", "link in bio", "one second!"],
        ],
    ),
    (
        "{0} essay writing and {1}, {2}",
        [
            ["Professional", "Cheap", "Plagiarism-free"],
            ["assignment help", "thesis service", "homework solutions"],
            ["order now and get 20% off", "24/7 support", "visit www.write-it.example"],
        ],
    ),
    (
        "We are the leading {0} in {1}. {2}",
        [
            [
                "SEO agency",
                "web design company",
                "packers and movers service",
                "digital marketing institute",
                "dental clinic",
            ],
            ["Delhi", "Houston", "Manchester", "Dubai"],
            [
                "Call us today for a free quote.",
                "Visit our website for the best price.",
                "Hundreds of happy customers.",
            ],
        ],
    ),
    (
        "Lose {0} {1} without any diet, {2}",
        [
            ["20 pounds", "your belly fat", "10 kg"],
            ["in one month", "in two weeks"],
            ["doctors hate this trick", "try the keto gummies free", "click the link on my profile"],
        ],
    ),
    (
        "Watch {0} {1} online {2}",
        [
            ["the full match", "all new movies", "every episode"],
            ["free", "in HD"],
            ["here: http://stream.example", "no sign up, just click this link"],
        ],
    ),
    (
        "Hot {0} in your area {1}",
        [["singles", "girls", "women"], ["are waiting to chat, join free", "- sign up at www.meet.example"]],
    ),
    (
        "Join our {0} and win {1}, {2}",
        [
            ["casino", "betting site", "poker room"],
            ["big tonight", "a 200% bonus"],
            ["register now", "use code LUCKY", "payouts in minutes"],
        ],
    ),
    (
        "I won {0} thanks to {1}",
        [
            ["the lottery", "back my stolen crypto"],
            ["a recovery expert, his email is wizard@recover.example", "this website, try it: www.luck.example"],
        ],
    ),
    (
        "Great post! {0} {1}",
        [
            ["I also write about kitchens,", "For the best mattresses,", "If you are looking for cheap flights,"],
            ["visit my blog", "see our shop at www.home.example", "click here"],
        ],
    ),
    (
        "Hire a {0} hacker {1} {2}",
        [
            ["professional", "genuine", "certified"],
            ["to read your partner's messages,", "to raise your credit score,", "to recover a lost account,"],
            ["write to ghost@hack-team.example", "his work is fast and discreet", "text +44 7700 900123"],
        ],
    ),
    (
        "{0} flats in {1} from {2}, {3}",
        [
            ["Luxury", "Brand new", "Fully furnished"],
            ["the city centre", "Dubai Marina", "a gated community"],
            ["only 45 lakhs", "$99,000", "£950 a month"],
            ["call our sales office", "book a site visit today", "limited units left"],
        ],
    ),
    (
        "My {0} got {1} after I started using {2}, {3}",
        [
            ["skin", "hair", "joints"],
            ["so much better", "ten years younger"],
            ["this cream", "CBD oil", "these natural capsules"],
            ["order yours here", "you get 30% off with my code", "message me for a sample"],
        ],
    ),
    (
        "{0} offers {1} in {2}, {3}",
        [
            ["Our company", "Sunrise Services", "The best team in town"],
            ["house cleaning", "pest control", "air conditioner repair", "driving lessons", "wedding photography"],
            ["all areas", "Sydney and Melbourne", "your neighbourhood"],
            ["affordable rates", "free inspection", "ring us any time"],
        ],
    ),
    (
        "Earn a {0} from home, {1}, {2}",
        [
            ["diploma", "certified degree", "data science certificate"],
            ["no exams", "classes start on Monday", "100% placement guaranteed"],
            ["enrol now", "join our free demo class", "seats are filling fast"],
        ],
    ),
    (
        "{0} trader made me {1} this week, {2}",
        [
            ["This honest forex", "A lady who is a gold", "Mrs Sharon, a binary options"],
            ["$12,300", "rich", "three times my deposit"],
            ["she can help you too", "look her up on Facebook", "start with as little as $300"],
        ],
    ),
    (
        "{0} psychic {1}, {2}",
        [
            ["Gifted", "World famous", "Indian"],
            ["removes curses and black magic", "reads your future by telephone", "solves marriage problems"],
            ["first question free", "results guaranteed", "call or text now"],
        ],
    ),
    (
        "{0} my {1} please, {2}",
        [
            ["Check out", "Give a chance to", "Support"],
            ["music video", "new single", "gaming videos", "art page"],
            ["every view helps a small artist", "you won't regret it", "I promise you will like it", "sub for sub"],
        ],
    ),
    (
        "{0} {1} followers for {2}, {3}",
        [
            ["Get", "Buy"],
            ["1,000 real", "5k Instagram", "TikTok"],
            ["$5", "almost nothing"],
            ["instant delivery", "see my bio", "the site is www.fame.example"],
        ],
    ),
    (
        "Win a {0}! {1} {2}",
        [
            ["free iPhone", "$500 gift card", "trip to Bali"],
            ["Just fill in a short survey", "Only today for the first hundred visitors", "Enter your email"],
            ["at www.prize.example", "and claim your reward", "before the offer ends"],
        ],
    ),
    (
        "{0} tablets {1}, {2}",
        [
            ["Viagra and Cialis", "Weight loss", "Sleeping", "Pain relief"],
            ["without prescription", "at wholesale prices"],
            ["discreet shipping worldwide", "order from our pharmacy", "buy two get one free"],
        ],
    ),
    (
        "{0} roof, gutters or driveway? {1} {2}",
        [
            ["Leaking", "Old", "Dirty"],
            ["Our experts are in your area this week.", "We beat any quote.", "Family business since 1985."],
            ["Free estimate, call 555-0134", "Visit us online", "Senior discounts available"],
        ],
    ),
    (
        "I was {0} until I found {1}, {2}",
        [
            ["broke", "lonely", "about to lose my house"],
            ["this app", "an online business course", "a dating site for over 40s"],
            ["now I earn $3,000 a month", "click my name to join", "use my referral link for a bonus"],
        ],
    ),
    (
        "{0} VPN, {1} off {2}",
        [
            ["The fastest", "Get a lifetime"],
            ["80%", "half"],
            ["with my link", "when you subscribe today", "and two months free, hurry"],
        ],
    ),
]


def adverts(*, held_out: bool) -> list[list[str]]:
    """Return families of made-up adverts; every third family is held out for measuring."""
    families = [family for number, family in enumerate(_ADVERTS) if (number % 3 == 2) is held_out]
    return [[frame.format(*words) for words in product(*slots)] for frame, slots in families]
