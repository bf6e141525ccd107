"""The small words by which a language is known where nothing but scattered words of it is to be had.

Those that every sentence needs, in Latin letters, also as people write them without marks. "!" is behind those that
address somebody. A word that English has too says little, whatever list it is on.
"""

from workers.classifiers.language.familiar import SMALL_WORDS

_WORDS = {
    "af": "jy! jou! ek nie hulle ons sal het wees julle!",
    "ar-Latn": "enta! enti! inta! anta! inti! ana howa heya mish mesh wala ya wallah elli",
    "az": "sən! mən və bu sen! olan üçün deyil",
    "bn-Latn": "tui! tor! tumi! tomar! ami amar ekta kono nai keno ekhon apni! eta",
    "cs": """
        jsi! jsem jsou ty! tě! tebe! tvoje! tvůj! ti! mě se si že ale nebo když jak není neni být jsme pro při
        už jen je na do to
    """,
    "cy": "rwyt! wyt! dy! chi! mae yn ac nid dim fy ein eich! oedd",
    "da": """
        jeg du! dig! din! dit! dine! mig sig ham hun er har skal det som ikke og eller på til fra hvad hvem
        så meget også en et
    """,
    "de": """
        du! dich! dir! dein! deine! deinen! deiner! euch! euer! bist! hast! seid! kannst! musst! sollst!
        wirst! ich er wir ihr mich sich uns mir ihm ihn ist sind sein habe haben wird werden muss soll kann
        ein eine einen einem einer kein keine und oder aber nicht nichts auch noch nur schon mit für fuer auf
        aus bei nach vom zum zur über ueber unter wie weil wenn dass daß mein meine sehr alle sie es im zu
    """,
    "el-Latn": "eisai! sou! eimai einai kai den tha tin ton tis tou mou apo gia pou oti tipota",
    "es": "tú! tu! eres! te! ti! tus! estás! estas! vosotros! vete! cállate! usted! eras!",
    "eu": "zara! duzu! zure! zaitez! dakizu! eta ez da honi hau dut",
    "fi": """
        sinä! sinun! olet! minä hän olen ovat ei ja tai mutta että etta tämä tama niin kun kuin mitä mita ole
        se on sina! olette! te!
    """,
    "fr": """
        tu! te! toi! tes! vous! votre! vos! es! je il elle nous ils moi est suis sommes sont ai avez! avons
        ont un une aux et ou mais pas ne que qui quoi dans avec pour sur sous par ce cette ces mon mes ses va!
        vas! faire fait être etre très tres tout toute bien comme ta! au se
    """,
    "ga": "thú! thu! agus níl nil aon seo tá mé bhfuil",
    "ha": "kai! ba ka! komai wannan sosai san ne ce",
    "hi-Latn": """
        tu! tum! tujhe! tumhe! tere! teri! tera! tumhara! aap! hai hain ho! hun hoon mera meri mere mujhe hum
        ka ki ke ko mein nahi nahin kya aur bhi yeh ye woh kar raha rahe sab bilkul maa bhai sala saala
    """,
    "hr": """
        ti! si! tvoja! tvoj! tebe! tebi! ste! je sam smo su nije nisi! ili ali ne na za od sa se ga mu joj li
        što sto šta kao jer samo već vec moja sve kako
    """,
    "ht": "ou! yon gwo epi pa mwen nou sou anyen",
    "hu": "te! vagy! neked! téged! én ő egy az és nem hogy van volt meg ez ezt azt mint csak már még nagyon",
    "id": """
        kamu! kau! lu! kalian! aku saya dia kami kita mereka yang dan di ke dari ini itu tidak tak bukan
        adalah untuk dengan akan sudah ada juga atau karena apa siapa semua sangat
    """,
    "it": """
        tu! ti! tuo! tua! tuoi! sei! hai! voi! vi! siete! devi! fai! io lui lei noi loro mi ci sono è siamo
        hanno ho un uno una il gli che chi non per con su nel nella dei delle degli alla alle mio suo mia sua
        questo questa come cosa anche più piu molto tutti tutto deve fare e ha
    """,
    "ja-Latn": "omae! anata! kimi! temee! wa ga wo desu kara watashi boku nani kore sore kudasai hontou ni yo na",
    "ko-Latn": "neo! neon! neun eun jinjja geu nae naneun",
    "mt": "inti! int! taf! dwar xejn hu din dan jien",
    "nl": """
        jij! je! jou! jouw! jullie! bent! hebt! kunt! moet ik hij zij wij ons mij hem haar zijn heb heeft
        hebben wordt worden zal een het dat dit deze niet geen en maar ook nog naar met voor op aan uit bij om
        als dan wat wie waar mijn te
    """,
    "pl": """
        ty! cię! ciebie! tobie! twoja! twoją! twój! twoj! jesteś! jestes! ci! cie! mnie się sie jest jestem są
        był byl nie tak tego tej tym na od po za dla przez przy jak kto że żeby ze ale albo lub czy już juz
        tylko bardzo moja ich jego jej wszystko co do to
    """,
    "pt": "você! voce! vc! tu! teu! tua! te! és!",
    "ro": """
        tu! te! ești! esti! tău! tau! eu noi voi! mă sunt este nu și si sau dar că să pe în din cu pentru mai
        ce cine care foarte un ai!
    """,
    "ru-Latn": """
        ty! tebya! tebe! tvoy! tvoya! vy! vam! ya oni menya mne ne eto chto kak kto uzhe tolko ochen otsyuda
        poka takoy
    """,
    "so": "waxaad! tahay! aad waa oo iyo aan waxba arrintan",
    "sq": "ti! je! jeni! unë une është eshte një nje dhe nuk në për per të që qe nga kjo asgje",
    "sv": """
        du! dig! din! ditt! dina! ni! er! jag han hon mig sig oss är har hade ska skall måste ett det som inte
        och eller att på av för till från med där mitt så mycket bara en vi
    """,
    "sw": """
        wewe! yako! nyinyi! mimi yeye sisi wao kwa katika hii huyu huu yote wote kama lakini sana yangu hakuna
        nini na wa ya
    """,
    "ta-Latn": "nee! unakku! un! naan oru enakku illa enna dei",
    "tl": """
        ikaw! ka! mo! kang! kayo! ang ng mga sa ako siya tayo kami sila ko niya wala hindi lang talaga ito
        iyan dito naman rin kung
    """,
    "tr": "sen! sana! seni! senin! siz! sizi! sizin! misin! mısın!",
    "uz": "sen! siz! men va bu bilan emas haqda hech juda",
    "vi": "mày! bạn! không là thằng gì cái này chết của tôi và các người khong biet thang nguoi cua toi nay mày",
    "yo": "iwo! ni ko nipa yii oro",
    "zh-Latn": "ni! nimen! wo shi bu zhe ge shenme dou le tamen zai yao hao",
    "zu": "wena! uyi ngalolu thula nje futhi kodwa",
}
_ALL = {code: frozenset(word.strip("!") for word in words.split()) for code, words in _WORDS.items()}
SMALL = {code: words | {word for word in SMALL_WORDS.get(code, ()) if len(word) > 1} for code, words in _ALL.items()}
ADDRESSING = {code: frozenset(w.strip("!") for w in words.split() if w.endswith("!")) for code, words in _WORDS.items()}
LANGUAGES_OF: dict[str, tuple[str, ...]] = {}
for _code, _words in SMALL.items():
    for _word in _words:
        LANGUAGES_OF[_word] = (*LANGUAGES_OF.get(_word, ()), _code)
