"""Words and strings that look like gibberish and are not, by kind; written for training and testing the detector."""

# ruff: noqa: E501, RUF001 - one prompt a line, in its own spelling
from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "names": """Oluwaseun Adebayo Chukwuemeka Okonkwo Ngozi Nkechi Temitope Babajide Wanjiru Kamau Otieno Achieng Thandiwe Nkosinathi Sipho Mthunzi Tendai
        Chipo Tadiwanashe Haile Tsegaye Mengistu Abebech Fatoumata Diallo Mamadou Aminata Ousmane Kwame Nkrumah Akosua Yaw Abena Xochitl Itzel Cuauhtemoc
        Nahuel Guadalupe Ximena Joaquin Iñaki Begoña Itziar Xabier Aitziber Goizane Siobhan Niamh Caoimhe Tadhg Saoirse Eoghan Aoife Oisin Gwenllian Rhiannon
        Llywelyn Angharad Myfanwy Iorwerth Bjørn Håkon Sigrid Þórunn Guðrún Snorri Ragnheiður Åsa Väinö Aino Eero Tuulikki Jyrki Kaarlo Zbigniew Grzegorz
        Wojciech Małgorzata Przemysław Brzęczyszczykiewicz Szczepan Zdzisława Jiří Vojtěch Květoslava Zdeněk Ľubomír Miroslav Krzysztof Volodymyr Oleksandr
        Svitlana Yevhen Dmytro Nadezhda Vyacheslav Lyudmila Anastasiya Ruslan Azamat Nurlan Aigerim Bekzat Gulnara Tolkyn Batbayar Enkhtuya Ganbold Oyuunchimeg
        Ayşe Oğuzhan Çağla Yıldız Hüseyin Şebnem Mehmet Zeynep Farhad Shirin Behrouz Golnaz Keyvan Parisa Abdulrahman Khadija Yusuf Maryam Zainab Hussein Layla
        Noor Ibtisam Rania Eliyahu Yehuda Shoshana Avigail Mordechai Rivka Sukhwinder Harpreet Gurdeep Priyanka Venkatesh Lakshminarayanan Subramaniam Chandrasekhar
        Muthuvel Thiruvalluvar Anuradha Rajeshwari Bhattacharya Mukhopadhyay Chattopadhyay Jayawardene Wickramasinghe Kumaratunga Tenzin Dolma Pemba Dorje Nguyen
        Phuong Thanh Huong Quynh Trung Xiuying Zhang Jingyi Zhao Xueqin Qiang Weihua Shuhui Hyeonjeong Jihoon Seoyeon Minseok Eunkyung Takahashi Yamaguchi Shigeru
        Kobayashi Yukihiro Tomohiro Natsuko Sakurako Ichiro Somchai Kanokwan Siriporn Nattapong Suharto Wulandari Nyoman Ketut Wayan Agustina Bayani Ligaya
        Makisig Keanu Leilani Kamehameha Kalani Tamatea Aroha Whetu Rangi Hinemoa Sefo Tavita""",
    "fantasy_names": """Aragorn Legolas Galadriel Eowyn Thranduil Celeborn Elrond Daenerys Targaryen Tyrion Arya Cersei Khaleesi Drizzt Elminster Strahd Zarovich
        Gandalf Saruman Gimli Smaug Fëanor Lúthien Beren Ithilien Rohirrim Nazgul Uruk Balrog Mordor Gondor Numenor Valinor Silmaril Hobbiton Dumbledore Hermione
        Voldemort Hagrid Hufflepuff Ravenclaw Geralt Rivia Yennefer Ciri Triss Vesemir Sylvanas Windrunner Arthas Menethil Illidan Stormrage Jaina Thrall Durotan
        Azeroth Orgrimmar Stormwind Tamriel Cyrodiil Morrowind Alduin Paarthurnax Dovahkiin Kvothe Denna Ambergold Vaelin Malazan Rake Anomander Kelsier Vin Kaladin
        Dalinar Shallan Roshar Szeth Raoden Elantris Eragon Saphira Murtagh Brisingr Zelda Ganondorf Hyrule Goron Zora Kokiri Sephiroth Chocobo Moogle Bahamut Ifrit
        Cthulhu Nyarlathotep Azathoth Yog Sothoth Dagon Innsmouth Arkham Ryuk Naruto Sasuke Goku Vegeta Zoro Luffy Inuyasha Sesshomaru Totoro Nausicaa Chihiro
        Darth Vader Kenobi Tatooine Wookiee Ewok Grogu Mandalorian Klingon Vulcan Romulan Ferengi Cardassian Atreides Harkonnen Arrakis Fremen Thanos Gamora Groot
        Wakanda Asgard Bifrost Mjolnir Valkyrie Tharizdun Baphomet Demogorgon Xanathar Beholder Githyanki Tiefling Aasimar Drow Kobold Lolth Zhentarim Waterdeep
        Faerun Eberron Krynn Raistlin Tanis Kitiara Elric Melnibone Stormbringer Conan Cimmeria Lyra Pantalaimon Iorek Byrnison Earthsea Ged Tenar Aslan Narnia""",
    "species": """Quercus robur Panthera leo tigris Canis lupus familiaris Felis catus Ursus arctos horribilis Monstera deliciosa Ginkgo biloba Sequoiadendron
        giganteum Helianthus annuus Taraxacum officinale Digitalis purpurea Atropa belladonna Amanita muscaria Cantharellus cibarius Boletus edulis Agaricus bisporus
        Lepidoptera Papilio machaon Morpho menelaus Danaus plexippus Apis mellifera Bombus terrestris Drosophila melanogaster Escherichia coli Staphylococcus aureus
        Tyrannosaurus rex Velociraptor mongoliensis Archaeopteryx lithographica Parasaurolophus walkeri Ankylosaurus magniventris Pachycephalosaurus Quetzalcoatlus
        northropi Ichthyosaurus Plesiosaurus dolichodeirus Balaenoptera musculus Orcinus orca Tursiops truncatus Octopus vulgaris Nautilus pompilius Chrysaora
        Turritopsis dohrnii Physalia physalis Ambystoma mexicanum Chamaeleo calyptratus Dendrobates azureus Phyllobates terribilis Corvus corax Strix aluco Bubo
        Aquila chrysaetos Falco peregrinus Pica pica Turdus merula Erithacus rubecula Phoenicopterus Struthio camelus Ornithorhynchus anatinus Macropus rufus
        Phascolarctos cinereus Vulpes vulpes zerda Mustela erminea Lutra lutra Sciurus vulgaris Castor fiber Equus quagga Giraffa camelopardalis Loxodonta africana
        Elephas maximus Gorilla beringei Pongo pygmaeus Lemur catta Bougainvillea spectabilis Wisteria sinensis Cypripedium calceolus Phalaenopsis amabilis
        Rhododendron ponticum Camellia japonica Zantedeschia aethiopica Strelitzia reginae Eschscholzia californica Lavandula angustifolia Rosmarinus officinalis""",
    "chemistry": """acetaminophen ibuprofen amoxicillin azithromycin ciprofloxacin metformin atorvastatin simvastatin lisinopril amlodipine omeprazole pantoprazole
        levothyroxine prednisone dexamethasone hydrochlorothiazide furosemide warfarin clopidogrel rivaroxaban sertraline fluoxetine escitalopram venlafaxine
        quetiapine aripiprazole lamotrigine levetiracetam gabapentin pregabalin methotrexate hydroxychloroquine ivermectin paracetamol diclofenac naproxen loratadine
        cetirizine salbutamol budesonide insulin glargine semaglutide adalimumab pembrolizumab trastuzumab rituximab polyethylene polypropylene polystyrene
        polytetrafluoroethylene acetone benzaldehyde toluene xylene formaldehyde acetonitrile dichloromethane tetrahydrofuran dimethylsulfoxide isopropanol ethylene
        glycol glycerol cyclohexane naphthalene anthracene phenolphthalein bromothymol methylene potassium permanganate dichromate ferrocyanide thiosulfate
        bicarbonate hypochlorite hydroxide cadmium sulfide zinc oxide titanium dioxide cobalt aluminate quinacridone phthalocyanine dioxazine perylene anthraquinone
        chlorophyll carotenoid anthocyanin adenosine triphosphate deoxyribonucleic ribosome mitochondria acetylcholine norepinephrine serotonin dopamine oxytocin
        vanillin capsaicin theobromine limonene linalool eugenol cinnamaldehyde graphene borosilicate molybdenum praseodymium ytterbium dysprosium rutherfordium""",
    "places": """Llanfairpwllgwyngyll Aberystwyth Machynlleth Betws-y-Coed Inverness Auchtermuchty Ballachulish Drumnadrochit Reykjavík Eyjafjallajökull Þingvellir
        Snæfellsjökull Tromsø Ålesund Göteborg Jyväskylä Rovaniemi Szczecin Bydgoszcz Łódź Kraków Brno Olomouc Ljubljana Dubrovnik Szeged Székesfehérvár Timișoara
        Plovdiv Thessaloniki Meteora Cappadocia Göreme Diyarbakır Yerevan Tbilisi Svaneti Samarkand Bukhara Tashkent Ashgabat Dushanbe Ulaanbaatar Khövsgöl Ouagadougou
        Antananarivo Nouakchott Timbuktu Djenné Zanzibar Kilimanjaro Ngorongoro Serengeti Okavango Bulawayo Mpumalanga KwaZulu Machu Picchu Ollantaytambo Cusco
        Arequipa Titicaca Cochabamba Uyuni Xochimilco Tenochtitlan Teotihuacan Oaxaca Chichen Itza Popocatépetl Iguazu Florianópolis Itaipava Titlis Zermatt
        Interlaken Lauterbrunnen Neuschwanstein Garmisch Rothenburg Heidelberg Mont Saint Michel Carcassonne Cinque Terre Amalfi Positano Ostuni Alberobello Matera
        Gjirokastër Angkor Wat Luang Prabang Phuket Krabi Borobudur Prambanan Yogyakarta Ubud Kinabalu Palawan Banaue Shirakawa Kanazawa Takayama Hakone Arashiyama
        Zhangjiajie Guilin Yangshuo Huangshan Lijiang Jiuzhaigou Lhasa Varanasi Jaisalmer Udaipur Khajuraho Hampi Mahabalipuram Thiruvananthapuram Sigiriya Anuradhapura
        Wagga Coober Pedy Uluru Wollongong Toowoomba Rotorua Whakatane Tongariro Aoraki Saskatoon Nunavut Chicoutimi Albuquerque Tucumcari Oconomowoc Punxsutawney""",
    "artists": """rutkowski artgerm wlop mucha zdzislaw beksinski moebius giraud loish kuvshinov ilya rossdraws sakimichan guweiz krenz cushart ruan jia yoji shinkawa
        yoshitaka amano ayami kojima makoto shinkai hayao miyazaki ghibli kentaro miura junji ito tsutomu nihei katsuhiro otomo hokusai hiroshige utamaro kuniyoshi
        caravaggio rembrandt vermeer velazquez bouguereau alma tadema waterhouse rossetti millais burne leighton godward sargent zorn sorolla repin shishkin
        aivazovsky levitan kuindzhi vrubel bilibin roerich kandinsky malevich klimt schiele kokoschka munch giger bosch bruegel durer cranach grunewald friedrich
        bierstadt cole moran parrish rackham dulac nielsen tenniel frazetta vallejo elmore easley whelan hildebrandt bonestell syd mead mcquarrie craig mullins
        feng zhu sparth raphael lacoste noah bradley marc simonetti mullin peter mohrbacher bastien lecouffe deharme charlie bowater ismail inceoglu beeple simon
        stalenhag jakub rozalski dariusz zawadzki wadim kashin tsuyoshi nagano akihiko yoshida range murata ross tran sachin teng eyvind earle kilian eng kelogsloops
        tom bagshaw magali villeneuve donato giancola michael komarck terese nielsen rebecca guay anna dittmann agnes cecile conrad roset android jones alex grey
        nekro borja jeremy mann lipking serov kramskoi polenov basquiat warhol lichtenstein hockney hopper wyeth rockwell leyendecker gibson pyle""",
    "onomatopoeia": """aaaargh brrr brrrr zzzz hmmm hmmmm pfff psst shhh shhhh whoosh swoosh kapow kaboom vroom vrrroom splat kerplunk boing boinggg tsk hehe hahaha
        hahahaha muahaha bwahaha lol rofl lmao xoxo yay yayyy woohoo wheee yippee ugh ughh oops whoops oopsie ahem achoo meow miaow purrr woof grrr rawr roarr moo baa
        oink quack cluck squeee awww ooh oooh aah aaah nom nomnom boop snek doggo pupper floof smol chonk blep mlem yeet sus owo uwu nya nyan rawrr eek eeek yikes
        argh blah meh duh gah phew sheesh yolo fomo omg wtf btw imo imho afk brb gg ez noob pwned""",
    "abbreviations": """dslr hdr hdri vfx cgi npc rpg mmorpg fps lod pbr ssao dof gi fov nsfw sfw bw bnw uhd fhd qhd exif raw iso cmyk rgb srgb hsv svg pdf psd ttf otf
        blvd ave hwy mtn bldg dept mgmt approx misc qty pcs pkg wht blk gry brn yel grn dk lt lg sm xl xxl xs tbsp tsp fl oz yds sq ft mph kph rpm psi btu kwh hp cc
        nasa esa jpl cern mit ucla nypd fdny lapd unesco unicef ikea bmw vw kfc tv pc cpu gpu ssd hdmi usb wlan nfc led lcd oled amoled gps drm vpn http html css js
        sdxl sd lora vae cfg ddim euler dpm karras lcm ckpt img txt inpaint outpaint upscaler esrgan gfpgan controlnet clip vit unet dalle mj niji""",
    "brands": """Haribo Lindt Toblerone Nutella Ferrero Rocher Kinder Milka Doritos Cheetos Pringles Oreo Skittles Snickers Twix KitKat Nescafe Nespresso Lavazza
        Heineken Guinness Budweiser Stella Artois Hoegaarden Moët Chandon Schweppes Fanta Sprite Pepsi Evian Perrier Volkswagen Peugeot Citroën Renault Škoda Hyundai
        Mitsubishi Subaru Lamborghini Bugatti Koenigsegg Pagani Zonda Maserati Alfa Romeo Vespa Piaggio Kawasaki Ducati Husqvarna Stihl Bosch Siemens Miele Braun
        Dyson Roomba iPhone iPad MacBook PlayStation Xbox GoPro DJI Mavic Nikon Canon Fujifilm Hasselblad Leica Zeiss Sigma Tamron Kodak Ektachrome Portra Ilford
        Polaroid Lomography Velvia Cinestill Gucci Versace Balenciaga Givenchy Hermès Yves Laurent Dolce Gabbana Zegna Birkenstock Adidas Reebok Asics Converse Timberland
        Fjällräven Patagonia Ikea Billy Kallax Lego Playmobil Funko Tamagotchi Furby Huawei Xiaomi Oppo Realme Lenovo Asus Logitech Corsair Nvidia GeForce Radeon Ryzen""",
    "typos": """beautifull landscpe montains sunet colourfull reall detialed hihgly realstic phtograph potrait wth hte teh woamn strret bicylce kitcehn gardne fotball
        basketbal guittar pianno childern peopel freinds famly birhtday chrismas haloween snowmann winnter sumer autunm sprnig moutnain riverr ocen beahc forrest treees
        flwers butterlfy eleph elephnat girafe zeebra tigger lionn horese chiken rabit squirel pengiun dolphinn buildng skyscrapper brigde castel chruch libary
        resturant cofee sandwhich hambuger spagetti vegatables strawbery choclate restaraunt definately seperate recieve wierd enviroment goverment tommorow
        occured untill accross adress begining beleive calender catagory cemetary collegue comming concious dissapear embarass existance Febuary foriegn fourty glamourous""",
    "games": """Minecraft Skyrim Bloodborne Sekiro Elden Witcher Cyberpunk Overwatch Fortnite Valorant Genshin Hollowknight Undertale Deltarune Stardew Terraria
        Metroidvania Roguelike Soulslike Castlevania Bayonetta Nier Automata Xenoblade Pokémon Pikachu Charizard Bulbasaur Gengar Eevee Jigglypuff Squirtle Mewtwo
        Snorlax Gardevoir Lucario Rayquaza Kirby Waluigi Yoshi Bowser Toadstool Koopa Goomba Samus Ridley Megaman Zangief Blanka Chunli Sonic Tails Knuckles Eggman
        Kratos Atreus Aloy Ellie Joel Masterchief Cortana Tracer Widowmaker Reinhardt Zenyatta Teemo Yasuo Ahri Jinx Ekko Katarina Garen Thresh Braum""",
}
"""Single words by kind."""

STRINGS: Final[Mapping[str, str]] = {
    "notation": """(masterpiece:1.3), (best quality:1.2), 1girl, solo, <lora:flatColor_v2:0.7>, looking at viewer
        ((ultra-detailed)), [[blurry]], {{sharp focus}}, embedding:EasyNegative, 8k, uhd
        portrait of a knight --ar 2:3 --v 6.1 --style raw --s 250 --no text
        a cat :: watercolor::2 dog::-0.5 --chaos 20 --seed 1234
        [a cow|a horse] in a field, [winter:summer:0.4], (oil painting:1.1) BREAK golden hour
        <hypernet:anime_v3:0.5> <lyco:ghibli:0.6> a train \\(vehicle\\), rail_tracks, no_humans, scenery
        masterpiece, best_quality, (solo), long_hair, blue_eyes, school_bag, cherry_blossoms, wide_shot
        /imagine prompt: isometric room, low poly, c4d, octane --q 2 --niji 5
        {a|an} {red|green|blue} __animal__ on a __place__, dynamic thresholding, cfg 7.5, steps 30, sampler: DPM++ 2M Karras
        score_9, score_8_up, score_7_up, source_cartoon, rating_safe, 1boy, hoodie, city_street
        "neon sign" reading "OPEN 24/7", f/1.4, ISO 1600, 1/60s; Kodak Portra 400 (pushed +1)
        <s0><s1> man, TOK style, sks dog on a beach, ohwx person
        girl_with_umbrella+++ (rain)-- lighting++ city at night
        art by (greg rutkowski:0.8) AND (alphonse mucha:0.6) AND artgerm
        a photo of a :cat: and a :dog: ^_^ <3 :-) *smiles*""",
    "codes": """Canon EF 24-70mm f/2.8L II USM on a desk
        Boeing 747-8F, tail number N863GT, taxiing
        IMG_20231104_184512.HEIC on a laptop screen
        NGC 6543 and M31, JWST NIRCam F200W composite
        part no. 4T-8871-QX / rev. B printed on a gearbox
        ISBN 978-3-16-148410-0 on the back of a book
        hex colours #ff8800 and #1e90ff, RGB(12, 200, 33)
        a vial labelled C8H10N4O2, lot 22-A7
        https://www.example.com/a/b?id=42&x=y on a poster
        user@example.org written on a card
        RTX 4090 24GB GDDR6X, Ryzen 9 7950X3D box art
        locomotive BR 01 1066, DRG class 05 002
        vintage tube radio model KV-32FS120, 220V~50Hz
        MIG-21bis, Su-27UB and F-16C Block 52 on the apron
        SKU: WH-1000XM5/B, EAN 4548736132566
        Voyager RTG, Pu-238, ASRG cutaway""",
    "foreign": """ein altes Fachwerkhaus im Schwarzwald bei Sonnenuntergang, Nebel zwischen den Bäumen
        eine Straßenbahnhaltestelle mit Fahrgästen im Herbstregen, Ölgemälde
        une vieille femme tricote près de la fenêtre pendant que son chat dort
        marché aux puces, vaisselle ancienne et quelques chaises dépareillées
        un niño vuela una cometa amarilla en la playa al atardecer
        puesta de sol sobre los olivares, estilo impresionista
        un pescatore anziano ripara le reti sul molo di un piccolo villaggio
        una gondola sotto il ponte, riflessi sull'acqua, acquerello
        uma cozinheira prepara moqueca numa panela de barro
        een fietser rijdt langs de gracht terwijl het zachtjes regent
        en gammel fisker sitter på brygga og reparerer garnet sitt
        en röd stuga vid sjön med björkar och en liten eka
        vanha mummo keittää kahvia mökin keittiössä, ikkunasta näkyy järvi
        et barn leger med en hund på stranden ved solnedgang
        gamall maður situr við höfnina og horfir á bátana
        stara kobieta sprzedaje kwiaty na rynku w deszczowy dzień
        chłopiec puszcza latawiec nad brzegiem morza
        starý hodinář opravuje kapesní hodinky ve své dílně
        egy öreg halász javítja a hálóját a tóparton naplementekor
        un bătrân pescar își repară plasele pe malul Dunării
        stari ribar popravlja mreže na obali dok sunce zalazi
        starac sjedi ispred kuće i svira harmoniku
        vecs zvejnieks lāpa tīklus jūras krastā
        senas žvejys taiso tinklus prie ežero
        vana kalur parandab võrke mere ääres
        yaşlı bir balıkçı limanda ağlarını onarıyor, gün batımı
        pelabuhan kecil dengan perahu nelayan berwarna-warni di pagi hari
        seorang nenek menenun kain di beranda rumah kayu
        isang matandang mangingisda na nag-aayos ng lambat sa tabing-dagat
        mvuvi mzee anatengeneza nyavu zake ufukweni wakati wa machweo
        mtoto anacheza mpira na mbwa wake uwanjani
        umfana udlala ibhola nenja yakhe ensimini
        ông lão đánh cá vá lưới bên bờ biển lúc hoàng hôn
        hen bysgotwr yn trwsio rhwydi ar y traeth
        sean iascaire ag deisiú líonta cois farraige
        arrantzale zahar bat sareak konpontzen portuan
        un vell pescador apedaça les xarxes a la platja
        watashi wa umi no chikaku de neko to asobu no ga suki desu
        wo xihuan zai hubian sanbu, kan riluo
        badalon ke neeche ek chhota sa gaon, khet aur bail
        ek boodhi aurat angan mein charkha chala rahi hai
        staryy rybak chinit seti na beregu morya
        plakaty z lat szescdziesiatych, kawiarnia w Krakowie
        ein Dieb stiehlt nachts das Fahrrad des Nachbarn vor dem Rathaus, verschneite Dächer
        Werbung für Zahnpasta aus den fünfziger Jahren, lachende Hausfrau
        die verlassene Fabrik am Stadtrand, zerbrochene Fensterscheiben, Schwarzweißfotografie
        Schulkinder überqueren den Zebrastreifen, ein Polizist regelt den Verkehr
        ein betrunkener Seemann schläft auf der Parkbank, Zeitung über dem Gesicht
        des ouvriers déchargent les caisses devant l'entrepôt, lumière rasante
        une foule en colère brandit des pancartes sur la place de l'hôtel de ville
        le boulanger pétrit la pâte avant l'aube, farine en suspension dans l'air
        deux chevaliers s'affrontent sous les remparts, enluminure médiévale
        une affiche de théâtre des années trente, lettres dorées et rideau rouge
        gli operai scaricano le casse davanti al magazzino abbandonato
        due cavalieri combattono sotto le mura del castello, affresco
        la nonna stende la pasta sfoglia sul tavolo infarinato della cucina
        una folla arrabbiata protesta davanti al municipio con striscioni
        manifesto teatrale degli anni trenta con lettere dorate
        los obreros descargan cajas frente al almacén abandonado
        una muchedumbre enfadada levanta pancartas ante el ayuntamiento
        la abuela amasa harina en la mesa de la cocina, luz dorada
        dos caballeros luchan bajo las murallas, miniatura medieval
        cartel de teatro de los años treinta con letras doradas
        os operários descarregam caixotes diante do armazém abandonado
        a avó estende a massa na mesa enfarinhada da cozinha, luz dourada
        de arbeiders lossen kisten voor het verlaten pakhuis in de mist
        grootmoeder kneedt het deeg op de met bloem bestoven keukentafel
        arbetarna lastar av lådor framför det övergivna magasinet
        robotnicy rozładowują skrzynie przed opuszczonym magazynem
        dělníci vykládají bedny před opuštěným skladem za deště
        munkások ládákat raknak le az elhagyott raktár előtt
        muncitorii descarcă lăzi în fața depozitului părăsit
        işçiler terk edilmiş deponun önünde sandıkları boşaltıyor
        para pekerja menurunkan peti di depan gudang yang terbengkalai
        những người công nhân dỡ thùng hàng trước nhà kho bỏ hoang
        carpe diem, memento mori, ad astra per aspera, tempus fugit""",
    "tag_soup": """cyberpunk cityscape neon rain reflections bokeh volumetric fog octane unreal trending artstation wlop artgerm 8k
        goth girl eyeliner choker fishnets grunge y2k flash photography disposable camera
        solarpunk greenhouse biopunk bioluminescent overgrown ruins ghibli matte painting
        lofi chillhop vaporwave synthwave retrowave outrun aesthetic gridlines palmtrees
        kawaii chibi sticker diecut pastel sanrio decora harajuku plushie
        brutalist concrete megastructure blame nihei liminal backrooms eerie
        cottagecore dark academia goblincore fairycore whimsigoth dreamcore weirdcore
        macro photography dewdrop spiderweb backlit bokeh f1.8 tamron
        ukiyoe sumi-e washi kintsugi wabi-sabi zen ensō brushwork
        steampunk airship cogs brass rivets goggles dieselpunk zeppelin greeble""",
}
"""Whole prompts by kind, one a line."""

HELD_OUT_BENIGN: Final = ("fantasy_names", "chemistry", "brands", "typos", "games", "codes", "tag_soup")
"""Kinds of ordinary oddities that are never trained on."""

CARRIERS: Final = """
    a portrait of {} in the evening light
    {} standing by a window, oil painting
    a poster for {}, bold letters
    illustration of {} and {} talking
    a photograph of {}, 35mm film
    {}
    {} and {}
    a map of {} with small icons
    the story of {}, book cover
    a quiet street in {} after the rain
    a label that reads {}, studio photo
    {}, {}, {}
    digital painting in the style of {} and {}
    scientific drawing of {} {}, ink on paper
    a statue of {}, marble
    {} by {}, highly detailed, artstation
    two children reading about {} at a table
    a shop window with {} and {}, neon
"""
"""Prompts that a word or name can stand in, one a line."""
