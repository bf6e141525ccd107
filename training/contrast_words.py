"""The words that fill training/contrasts.py: who is spoken about, what is said, and the frames that turn it around.

These lists contain hateful and obscene language on purpose: a moderation model that has never seen hate beside its
denial takes the mention of a group for the attack on it.
"""

# plural, singular with article, adjective phrase before "people"
GROUPS = [
    ("women", "a woman", "female"), ("girls", "a girl", "female"), ("men", "a man", "male"), ("feminists", "a feminist", "feminist"),
    ("trans people", "a trans person", "trans"), ("trans women", "a trans woman", "transgender"), ("transgender kids", "a transgender kid", "transgender"),
    ("nonbinary people", "a nonbinary person", "nonbinary"), ("gay people", "a gay person", "gay"), ("gay men", "a gay man", "gay"),
    ("lesbians", "a lesbian", "lesbian"), ("homosexuals", "a homosexual", "homosexual"), ("bisexuals", "a bisexual", "bisexual"),
    ("queer people", "a queer person", "queer"), ("black people", "a black person", "black"), ("Black men", "a Black man", "black"),
    ("Africans", "an African", "African"), ("African Americans", "an African American", "African American"), ("white people", "a white person", "white"),
    ("Asians", "an Asian", "Asian"), ("Chinese people", "a Chinese person", "Chinese"), ("Indians", "an Indian", "Indian"),
    ("Pakistanis", "a Pakistani", "Pakistani"), ("Mexicans", "a Mexican", "Mexican"), ("Latinos", "a Latino", "Latino"), ("Arabs", "an Arab", "Arab"),
    ("Native Americans", "a Native American", "Native American"), ("Aboriginal people", "an Aboriginal person", "Aboriginal"),
    ("Roma", "a Roma man", "Roma"), ("gypsies", "a gypsy", "gypsy"), ("Poles", "a Pole", "Polish"), ("Turks", "a Turk", "Turkish"),
    ("Russians", "a Russian", "Russian"), ("Nigerians", "a Nigerian", "Nigerian"), ("Somalis", "a Somali", "Somali"), ("Syrians", "a Syrian", "Syrian"),
    ("Muslims", "a Muslim", "Muslim"), ("Muslim women", "a Muslim woman", "Muslim"), ("Jews", "a Jew", "Jewish"), ("Jewish people", "a Jewish person", "Jewish"),
    ("Christians", "a Christian", "Christian"), ("Catholics", "a Catholic", "Catholic"), ("Hindus", "a Hindu", "Hindu"), ("Sikhs", "a Sikh", "Sikh"),
    ("atheists", "an atheist", "atheist"), ("immigrants", "an immigrant", "immigrant"), ("migrants", "a migrant", "migrant"),
    ("refugees", "a refugee", "refugee"), ("asylum seekers", "an asylum seeker", "refugee"), ("foreigners", "a foreigner", "foreign"),
    ("disabled people", "a disabled person", "disabled"), ("people with disabilities", "a person with a disability", "disabled"),
    ("people in wheelchairs", "a person in a wheelchair", "disabled"), ("blind people", "a blind person", "blind"), ("deaf people", "a deaf person", "deaf"),
    ("autistic people", "an autistic person", "autistic"), ("people with Down syndrome", "a person with Down syndrome", "disabled"),
    ("old people", "an old person", "elderly"), ("Dutch people", "a Dutch person", "Dutch"), ("Irish people", "an Irish person", "Irish"),
]  # fmt: skip

OTHERS = [  # groups that no law protects: rude, not hateful
    "bankers", "politicians", "landlords", "referees", "journalists", "lawyers", "dentists", "vegans", "golfers", "influencers", "estate agents",
    "liberals", "conservatives", "Tories", "lobbyists", "accountants", "football fans", "hipsters", "capitalists", "communists", "cyclists",
    "parking wardens", "telemarketers", "billionaires", "gun owners", "smokers", "Arsenal supporters", "economists",
]  # fmt: skip

OBJECTS = [
    "printer", "laptop", "phone", "bus", "train", "alarm clock", "weather", "traffic light", "update", "website", "parking app", "sandwich",
    "film", "song", "headline", "paywall", "umbrella", "washing machine", "car", "kettle", "wifi", "meeting", "spreadsheet", "tax form", "pothole",
    "login page", "sofa", "winter", "mosquito", "captcha", "microwave", "ticket machine", "episode", "cough", "headache", "fence",
]  # fmt: skip

BAD_TRAITS = [
    "disgusting", "filthy", "stupid", "subhuman", "worthless", "evil", "repulsive", "inferior", "dirty", "dangerous", "lazy", "violent", "sick",
    "retarded", "degenerate", "untrustworthy", "greedy", "primitive", "backward", "mentally ill", "useless", "ugly", "unnatural", "a disgrace",
    "weak", "barbaric", "perverted", "savage", "a plague", "a burden on everyone", "beneath us", "not really human", "not normal", "broken",
]  # fmt: skip

BAD_NOUNS = [
    "vermin", "parasites", "animals", "criminals", "rats", "cockroaches", "scum", "leeches", "pigs", "monkeys", "thieves", "rapists", "a cancer",
    "trash", "garbage", "terrorists", "liars", "freaks", "an infestation", "a virus", "pests", "dogs", "savages", "predators", "maggots",
    "a disease", "sub-humans", "invaders", "abominations", "filth", "apes", "mistakes of nature", "degenerates", "locusts", "pond life",
]  # fmt: skip

BAD_CLAUSES = [  # {G} said something about, without a swear word
    "{G} do not belong in this country", "{G} should go back to where they came from", "{G} ruin every neighbourhood they move into",
    "{G} are the reason this country is going downhill", "{G} should not be allowed to vote", "{G} have no place in a civilised society",
    "{G} should never be trusted with children", "{G} are less intelligent than the rest of us", "{G} only take and never give anything back",
    "{G} contribute nothing to the world", "{G} deserve everything bad that happens to them", "{G} should be kept away from decent families",
    "{G} are not as good as us", "{G} should not have the same rights as everybody else", "{G} spread disease wherever they settle",
    "{G} are plotting to take over", "{G} control everything from behind the curtain", "{G} cannot be taught to behave",
    "{G} breed like rabbits to replace us", "{G} belong in a cage", "{G} should be sterilised", "{G} need to be removed from our schools",
    "{G} are all on benefits and laugh at us", "{G} bring nothing but crime", "the world would be better without {G}", "society would run smoother with no {G}",
    "{G} should know their place", "{G} should stay in the kitchen and keep quiet", "{G} ought to be locked away", "life without {G} would be paradise",
    "{G} should be banned from public places", "{G} are not real citizens", "{G} pollute our culture", "{G} are beyond saving", "{G} were born wrong",
    "hiring {G} is asking for trouble", "no sane person would live next to {G}", "{G} make my skin crawl", "{G} are too dumb to hold a job",
    "{G} are what is wrong with this world", "there is nothing good about {G}", "{G} should be ashamed to exist", "every one of the {G} is a crook",
    "{G} turn every city into a slum", "we have enough {G} already", "{G} lie whenever they open their mouths", "{G} should be treated like the animals they are",
]  # fmt: skip

THREATS = [
    "somebody ought to round up the {G} and shoot them", "I am going to beat up the next {g1} I see", "let us burn down the homes of the {G}",
    "the only good {G} are dead {G}", "I will put a bullet in every {g1} on my street", "{G} should be hanged in the square",
    "time to start hunting {G}", "all {G} must be wiped out", "hope they drown all the {G}", "{G} deserve a good kicking and I will give it",
    "we are coming for the {G} tonight, with bats", "gas the {G}", "exterminate {G}", "I would gladly strangle {g1} with my own hands",
    "string up the {G}", "throw the {G} off a roof", "if {g1} moves in next door I will set the house on fire", "{G} had better watch their backs, we have guns",
    "someone please run over these {G}", "I want every one of the {G} dead by Christmas", "line the {G} up against a wall",
    "next time {g1} looks at me I will break their jaw", "let us make {G} bleed", "deport the {G} or bury them",
]  # fmt: skip

DENOUNCE = [  # {S} is a hateful sentence: what is said about it turns it around
    'Saying "{S}" is plain bigotry.', 'My uncle said "{S}" at dinner and I left the table.', "Anyone who believes that {S} needs to read a history book.",
    'I was shocked to hear the minister say "{S}".', "It is a lie that {S}.", 'How can anybody still write things like "{S}"? Shameful.',
    'The court fined him for shouting "{S}".', "Nobody has the right to claim that {S}.", 'Posts such as "{S}" should be reported.',
    "I do not agree at all that {S}.", 'They sprayed "{S}" on the school wall, and we cleaned it off together.', "It hurts to read again and again that {S}.",
    'When I was young people told me "{S}", and it took years to get over it.', "To everybody who thinks that {S}: you are wrong.",
    'Teachers must explain why "{S}" is a hateful thing to say.', "Racists keep repeating that {S}, with no evidence.",
    'What sort of person tells a child "{S}"?', "The article quotes a politician who says that {S}; I find that appalling.",
    'Please stop writing "{S}" under every article.', '"{S}" is exactly the kind of prejudice we have to fight.', "We must speak up whenever somebody says that {S}.",
    'He lost his job after tweeting "{S}", and rightly so.', "There is no truth in the idea that {S}.", "Imagine being told every day that {S}. Awful.",
    'She was called a bigot for saying "{S}". Good.', "The myth that {S} has cost many lives.", 'Comments like "{S}" make this site unreadable.',
    "I grew up hearing that {S} and I am glad that I unlearned it.", 'A sticker reading "{S}" was on the door; the police are investigating it as a hate crime.',
    "The study refutes the claim that {S}.", "My heart sinks when I read that {S}.", 'Moderators, please delete the comment that says "{S}".',
]  # fmt: skip

NEGATE = [  # built of {G} and a bad trait or noun
    "{G} are not {bad}.", "{G} are certainly not {bad}, whatever you heard.", "It is not true that {G} are {bad}.", "I have never thought that {G} are {bad}.",
    "Nobody should call {G} {bad}.", "No, {G} are not {bad}, they are people like you and me.", "Why would you say that {G} are {bad}? They are not.",
    "I don't believe {G} are {bad}.", "There is no reason to think that {G} are {bad}.", "{G} have never been {bad}.", "Stop pretending that {G} are {bad}.",
    "Nothing about {G} is {bad}.", "You can't just say that {G} are {bad}.", "We should not treat {G} as if they were {bad}.", "Not one of the {G} I know is {bad}.",
    "I would never say that {G} are {bad}.", "{g1} is not {bad} for being different.", "Calling {G} {bad} is wrong.", "{G} aren't {bad} and never were.",
]  # fmt: skip

DENY_HARM = [
    "{G} do not deserve any of this hate.", "Nobody may hurt {G} because of who they are.", "Violence against {G} must stop.", "I would never harm {g1}.",
    "We will not let anybody attack {G}.", "The killing of {G} was a crime against humanity.", "It is terrible how many {G} were murdered last year.",
    "Police arrested a man who threatened to shoot {G}.", "No {adj} person should fear for their life here.", "Stop the hatred against {G}.",
    "Attacks on {G} have doubled, says the report.", "How could they burn down a home full of {G}? Heartbreaking.", "People who wish death on {G} need help.",
    "I don't hate {G} and I do not know why anyone would.", "Nobody is born hating {G}.", "The law protects {G} from discrimination.",
    "It makes me sad that some people still look down on {G}.", "Killing {G} is never justified.", "We must never again let {G} be rounded up.",
    "{G} should not be insulted for praying, dressing or loving as they do.", "Hating {G} says more about you than about them.",
    "He beat up {g1} outside the club and got four years. Not enough.", "Discrimination against {G} at work is illegal.",
]  # fmt: skip

NEUTRAL = [
    "{g1} moved into the flat upstairs.", "Many {G} live in this part of the city.", "I am {g1} and I work as a nurse.", "My neighbour is {g1}.",
    "The survey asked 400 {G} about housing.", "My best friend married {g1} last spring.", "{G} make up eight percent of the population.",
    "There were several {G} at the meeting.", "As {g1} I read this article with interest.", "The novel is about {g1} who returns home.",
    "{G} vote later in the day, according to the poll.", "Two {adj} authors were on the list.", "The charity helps {G} with paperwork.",
    "The first {adj} mayor took office today.", "Our doctor is {g1}.", "Are there any {G} in your class?", "The museum shows how {G} lived in the 1920s.",
    "My sister is {g1}.", "Some {G} agree with the proposal, others do not.", "The {adj} community centre opens on Friday.",
    "The bill affects {G} and their families.", "Is the new teacher {g1}?", "I was raised by {g1} and we had a normal family life.",
    "{G} pay taxes like everyone else.", "A {adj} colleague told me about it.", "The documentary follows five {G}.", "I sat next to {g1} on the train.",
    "What do {G} think about the new law?", "The council will meet {G} next week.", "He came out as {adj} two years ago.",
]  # fmt: skip

POSITIVE = [
    "{G} are wonderful neighbours.", "I am proud to be {g1}.", "Happy to see more {G} in parliament.", "{G} deserve equal rights and respect.",
    "I love how welcoming the {adj} families here are.", "Some of the kindest colleagues I have are {G}.", "{G} make our town a better place.",
    "Thank you to all the {G} who helped during the flood.", "The world needs more {G} like you.", "We stand with {G}.", "My favourite writer is {g1}.",
    "It is great that {G} can finally marry whom they want.", "{G} enrich our culture.", "Congratulations to the first {adj} astronaut!",
    "{G} belong here.", "Welcome to all the {G} who arrived this week.", "{G} are beautiful.", "So many talented {G} in this orchestra!",
    "Nothing wrong with being {g1}.", "We need more {G} in science.", "{G} built half of this city and we should be grateful.",
    "I admire the courage of {G}.", "I adore my {adj} in-laws.", "Proud {adj} parent here!", "{G} rock.", "God bless the {G} of this town.",
]  # fmt: skip

RECLAIMED = [
    "I'm a proud queer and so are my friends.", "As a dyke I feel at home in that bar.", "Us queers have to stick together.", "My queer family means the world to me.",
    "Dykes on bikes opened the parade and it was glorious.", "We bitches run this office and we are good at it.", "Love you bitches, see you at brunch!",
    "I am a crip and I love the word, it is ours.", "Happy birthday to my favourite slut, we are going dancing!", "Yes, I'm a fag hag and proud.",
    "That's my nigga, we grew up together.", "My niggas showed up for me when it counted.", "Call me a faggot all you like, I took that word back years ago.",
    "Proud tranny here, and I own that word.", "We queers built this neighbourhood.", "Me and my bitches are off to the beach.", "Sluts unite! The march starts at noon.",
    "As an old queen I have seen worse.", "I'm a bad bitch and my exam results prove it.", "Real niggas read books too, my brother says.",
]  # fmt: skip

SWEARING = [  # rude words, nobody attacked
    "That was fucking brilliant!", "Oh shit, I forgot my keys.", "Holy crap, what a goal!", "Fuck yes, we won the cup!", "I am so damn tired.",
    "This {object} is fucking awful.", "Well shit, there goes my weekend.", "What a fucking beautiful morning.", "Damn, that {object} was good.",
    "I fucked up my exam, my own fault.", "Shit happens.", "Bloody hell, it is cold today.", "Best fucking concert of my life.", "Why the hell is the {object} late again?",
    "It hurts like hell.", "My {object} is a piece of crap.", "No fucking way, congratulations!", "I don't give a shit about golf.", "Fuck, it's raining again.",
    "Fucking hell, the {object} broke again.", "She is a badass and I love her.", "You are fucking amazing, thank you.", "That pizza was the shit.",
    "Damn right.", "I laughed my ass off.", "Fuck cancer.", "Fuck this {object}.", "Hell yeah!", "God damn it, the {object} again.", "What the fuck happened to the {object}?",
]  # fmt: skip

HATED_OBJECTS = [
    "I hate {day}s.", "I hate this {object} with all my heart.", "This {object} is worthless garbage.", "Kill that {object}, please.", "My {object} is stupid and useless.",
    "I could strangle whoever designed this {object}.", "The {object} deserves to die in a fire.", "{object}s are disgusting.", "What a filthy, ugly {object}.",
    "The new {object} is trash.", "I despise my {object}.", "Burn that {object} and never look back.", "I want to smash this {object}.", "This {object} is the worst.",
    "Die, {object}, die!", "Nothing is more evil than a {object} on a {day}.", "I loathe {day} mornings.", "I can't stand this {object} any more.",
    "Get rid of that disgusting {object}.", "{object}s should be banned.", "The {object} is a cancer on my free time.", "I hate the way this {object} sounds.",
    "I would shoot this {object} if I could.", "All {object}s must go.", "These {object}s are a plague.", "I'm going to kill this {object}.",
]  # fmt: skip

HATED_OTHERS = [
    "{O} are all crooks.", "I can't stand {O}.", "{O} are the worst.", "I despise {O}.", "All {O} are greedy.", "{O} make me sick.", "Get rid of the {O}.",
    "{O} ruin everything.", "Nobody needs {O}.", "{O} are a plague on this city.", "Why are {O} so stupid?", "{O} should be banned.", "I have nothing but contempt for {O}.",
    "{O} are leeches.", "{O} belong in prison.", "Kick the {O} out.",
]  # fmt: skip

INSULTS = [
    "You are an idiot.", "What a stupid little man you are.", "Shut up, you moron.", "You pathetic liar.", "Nobody cares what a clown like you thinks.",
    "You are dumber than a brick.", "Go away, you worthless piece of garbage.", "You're a disgusting human being.", "You make me sick, you fool.",
    "Only a complete imbecile would write this.", "You are a fucking disgrace.", "Get lost, loser.", "You stupid cow.", "Your brain must be the size of a pea.",
    "Are you always this thick or only on {day}s?", "You sad, ugly little troll.", "I hope you choke on your breakfast.", "You ignorant swine.",
]  # fmt: skip

HOMONYMS = [
    "The mill still grinds flour from that old spic and span kitchen.", "He found a chink in the armour.", "A chink of light came through the door.",
    "Add the faggots of wood to the fire.", "The recipe asks for faggots with gravy and peas.", "They built a dyke to keep the sea out.", "The dyke broke in the storm.",
    "My dog, a bitch of four years, had puppies.", "The cock crowed at dawn.", "She has a pussy cat called Tom.", "The retard setting on the ignition delays the spark.",
    "The coon cat slept on the chair.", "A raccoon, or coon, was in the bins.", "Paddy fields stretched to the horizon.", "He is a cracker of a goalkeeper.",
    "Cheese and crackers for lunch.", "The queer light before the storm was strange.", "Great tits nest in our garden.", "He nipped to the shop for milk.",
    "The gyp was signed by the clerk, an old college servant.", "The ass carried the load up the hill.", "The flame retardant is made here.", "A nip of whisky in the tea.",
]  # fmt: skip

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Sunday"]
