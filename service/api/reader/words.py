"""What a reader without JavaScript reads, in the languages of the form."""

from collections.abc import Collection, Mapping

ENGLISH = "en"
SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Your comment",
        "pending": "We have received your comment. It is being checked; this page updates itself.",
        "approved": "Your comment is published. Thank you.",
        "held": "Thank you. A moderator will read your comment before it is published.",
        "rejected": "Your comment was not published.",
        "gone": "We cannot find this comment.",
        "back": "Back to the article",
        "not_sent": "Your comment was not sent",
        "comment_too_short": "Your comment is too short: please write at least {minimum} characters.",
        "comment_too_long": "Your comment is too long: please use at most {maximum} characters.",
        "too_many_requests": "You have sent several comments just now. Please wait a minute, then send this one again.",
        "unavailable": "We cannot take comments right now. Please send it again in a few minutes.",
        "refused": "Something in the form was not right. Please go back and send your comment again.",
        "yours": "Your text, to copy",
    },
    "es": {
        "title": "Su comentario",
        "pending": "Hemos recibido su comentario. Lo estamos revisando; esta página se actualiza sola.",
        "approved": "Su comentario está publicado. Gracias.",
        "held": "Gracias. Un moderador leerá su comentario antes de publicarlo.",
        "rejected": "Su comentario no se ha publicado.",
        "gone": "No encontramos este comentario.",
        "back": "Volver al artículo",
        "not_sent": "Su comentario no se ha enviado",
        "comment_too_short": "Su comentario es demasiado corto: escriba al menos {minimum} caracteres.",
        "comment_too_long": "Su comentario es demasiado largo: use como máximo {maximum} caracteres.",
        "too_many_requests": "Ha enviado varios comentarios seguidos. Espere un minuto y vuelva a enviar este.",
        "unavailable": "Ahora mismo no podemos recibir comentarios. Vuelva a enviarlo dentro de unos minutos.",
        "refused": "Algo en el formulario no era correcto. Vuelva atrás y envíe su comentario de nuevo.",
        "yours": "Su texto, para copiarlo",
    },
    "fr": {
        "title": "Votre commentaire",
        "pending": "Nous avons reçu votre commentaire. Il est en cours de vérification ; cette page s’actualise seule.",
        "approved": "Votre commentaire est publié. Merci.",
        "held": "Merci. Un modérateur lira votre commentaire avant sa publication.",
        "rejected": "Votre commentaire n’a pas été publié.",
        "gone": "Nous ne trouvons pas ce commentaire.",
        "back": "Retour à l’article",
        "not_sent": "Votre commentaire n’a pas été envoyé",
        "comment_too_short": "Votre commentaire est trop court : écrivez au moins {minimum} caractères.",
        "comment_too_long": "Votre commentaire est trop long : utilisez au plus {maximum} caractères.",
        "too_many_requests": "Vous venez d’envoyer plusieurs commentaires. Attendez une minute, puis renvoyez-le.",
        "unavailable": "Nous ne pouvons pas recevoir votre commentaire. Renvoyez-le dans quelques minutes.",
        "refused": "Le formulaire contient une erreur. Revenez en arrière et renvoyez votre commentaire.",
        "yours": "Votre texte, à copier",
    },
    "de": {
        "title": "Ihr Kommentar",
        "pending": "Wir haben Ihren Kommentar erhalten. Er wird geprüft; diese Seite aktualisiert sich selbst.",
        "approved": "Ihr Kommentar ist veröffentlicht. Vielen Dank.",
        "held": "Vielen Dank. Die Moderation liest Ihren Kommentar, bevor er veröffentlicht wird.",
        "rejected": "Ihr Kommentar wurde nicht veröffentlicht.",
        "gone": "Wir finden diesen Kommentar nicht.",
        "back": "Zurück zum Artikel",
        "not_sent": "Ihr Kommentar wurde nicht gesendet",
        "comment_too_short": "Ihr Kommentar ist zu kurz: Bitte schreiben Sie mindestens {minimum} Zeichen.",
        "comment_too_long": "Ihr Kommentar ist zu lang: Bitte schreiben Sie höchstens {maximum} Zeichen.",
        "too_many_requests": "Das waren mehrere Kommentare kurz nacheinander. Bitte warten Sie eine Minute.",
        "unavailable": "Wir können Ihren Kommentar gerade nicht annehmen. Bitte senden Sie ihn später erneut.",
        "refused": "Etwas im Formular stimmte nicht. Bitte gehen Sie zurück und senden Sie es erneut.",
        "yours": "Ihr Text zum Kopieren",
    },
    "hi": {
        "title": "आपकी टिप्पणी",
        "pending": "हमें आपकी टिप्पणी मिल गई है। उसकी जाँच हो रही है; यह पेज अपने आप अपडेट होता है।",
        "approved": "आपकी टिप्पणी प्रकाशित हो गई है। धन्यवाद।",
        "held": "धन्यवाद। प्रकाशित होने से पहले एक मॉडरेटर आपकी टिप्पणी पढ़ेगा।",
        "rejected": "आपकी टिप्पणी प्रकाशित नहीं की गई।",
        "gone": "हमें यह टिप्पणी नहीं मिली।",
        "back": "लेख पर वापस जाएँ",
        "not_sent": "आपकी टिप्पणी नहीं भेजी गई",
        "comment_too_short": "आपकी टिप्पणी बहुत छोटी है: कृपया कम से कम {minimum} अक्षर लिखें।",
        "comment_too_long": "आपकी टिप्पणी बहुत लंबी है: कृपया अधिकतम {maximum} अक्षर लिखें।",
        "too_many_requests": "आपने अभी कई टिप्पणियाँ भेजी हैं। कृपया एक मिनट रुकें और फिर भेजें।",
        "unavailable": "हम अभी टिप्पणियाँ नहीं ले सकते। कृपया कुछ मिनट बाद फिर भेजें।",
        "refused": "फ़ॉर्म में कुछ ठीक नहीं था। कृपया वापस जाएँ और टिप्पणी फिर भेजें।",
        "yours": "आपका लेख, कॉपी करने के लिए",
    },
}


def language_of(asked: str, /, sentences: Collection[str] = SENTENCES.keys()) -> str:
    """Return the language of the sentences for a language tag: English where it is none of theirs."""
    language = asked.replace("_", "-").partition("-")[0].lower()
    return language if language in sentences else ENGLISH
